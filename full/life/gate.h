/*
 * gate.h - where an engine's container waits between create and start.
 */
#ifndef GATE_H
#define GATE_H

#include "bricks/container.h"

/* Create the gate in the container's directory, and set c->gate to its inner end. mkfifo(3) */
CHECKED int gate_make(struct container *c);

/* Inside: wait until somebody opens the gate. */
CHECKED int gate_wait(struct container *c);

/* Is there a gate in DIRECTORY, a ROOT/ID? Then the container is created, and not started. */
bool gate_is_shut(int directory);

/* Let the container go on, once. Errors: it waits no more, or has ended. */
CHECKED int gate_open(int directory, const char *id, struct error *e);

#endif
