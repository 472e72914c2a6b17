/*
 * join.h - namespaces that exist already, and new ones that a process can only be born in.
 */
#ifndef JOIN_H
#define JOIN_H

#include "bricks/container.h"

/* Does the container need a process that joins namespaces for it? */
bool joins_namespaces(const struct spec *s);

/* In that process: join all namespaces that the spec has a path for, and create a time namespace for our children. setns(2) */
CHECKED int join_namespaces(struct container *c);

#endif
