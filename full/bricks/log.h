/*
 * log.h - the log: what a detached container prints.
 */
#ifndef LOG_H
#define LOG_H

#include "bricks/container.h"

/* Create the log, ROOT/ID/log, and set c->log. Returns 0, or -1 with c->error filled. */
CHECKED int log_open(struct container *c);

/* If the log has reached the size of --log-opt, begin a new one, at the same descriptor. The old one becomes ROOT/ID/log.1. */
void log_rotate(struct container *c);

#endif
