/*
 * cgroup.h - what others ask of the container's cgroup.
 */
#ifndef CGROUP_H
#define CGROUP_H

#include "bricks/container.h"

/* Print "killed by the kernel" on stderr if the OOM killer killed a process in the container's cgroup. */
void cgroup_report(const struct container *c);

#endif
