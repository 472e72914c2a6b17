/*
 * cgroup.h - what others ask of the container's cgroup.
 */
#ifndef CGROUP_H
#define CGROUP_H

#include "bricks/container.h"

/* If the OOM killer has killed a process in the container's cgroup, set c->oom, and print "killed by the kernel" on stderr if that
 * was for the limit of --memory. */
void cgroup_report(struct container *c);

/* Are the processes of this cgroup frozen? Has the OOM killer killed one? CGROUP: a descriptor of its directory, or -1, which is
 * neither. cgroups(7), cgroup-v2.rst on cgroup.events and memory.events */
bool cgroup_frozen(int cgroup);
bool cgroup_oom(int cgroup);

/* Freeze the processes of the cgroup, or let them go on, and wait until they are. cgroup-v2.rst on cgroup.freeze */
CHECKED int cgroup_freeze(int cgroup, bool frozen, struct error *e);

#endif
