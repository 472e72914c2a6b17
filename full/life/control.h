/*
 * control.h - what is done to a container from outside. All return 0, or -1 with *E filled.
 */
#ifndef CONTROL_H
#define CONTROL_H

#include "life/record.h"

/* Freeze the container's processes, or let them go on, and wait until they are. */
CHECKED int container_pause(const struct state *s, bool paused, struct error *e);

/* Send the signal NUMBER to its PID 1. A paused container goes on. */
CHECKED int container_signal(const struct state *s, int number, struct error *e);

/* Remove the container, with everything in its directory. If it runs, it is killed first. */
CHECKED int container_remove(const struct state *s, struct error *e);

#endif
