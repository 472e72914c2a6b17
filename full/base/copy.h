/*
 * copy.h - copies files and directories.
 */
#ifndef COPY_H
#define COPY_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/* Whom the copies belong to, which bits of their modes they keep, and the first directory that is created: -1 before that. */
struct copy { uid_t user; gid_t group; bool keeps_owners; mode_t kept; int top; struct error *e; };

/* Copy the file, link or directory NAME in the directory FROM to NEW in TO. A directory that exists keeps its owner and mode. What is
 * none of the three gets a warning on stderr. Returns 0, or -1 with the error filled. */
CHECKED int copy(struct copy *c, int from, const char *name, int to, const char *new);

#endif
