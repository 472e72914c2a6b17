/*
 * init.h - --init.
 */
#ifndef INIT_H
#define INIT_H

#include "bricks/container.h"

/* Stay PID 1, reap children and forward signals until the command ends. Returns 0 only in the child that is to become the
 * command; -1 if that child can't be created. */
CHECKED int run_init(struct container *c);

#endif
