/*
 * seal.h - box's own file, which no container may write to.
 */
#ifndef SEAL_H
#define SEAL_H

#include "base/error.h"

/* Go on as a copy of box that no container can write to, unless we are one. execveat(2) */
CHECKED int seal(char **argv, struct error *e);

/* The variable in which the copy finds the path of the file that it is a copy of. */
#define OWN_PATH "BOX_FILE"

#endif
