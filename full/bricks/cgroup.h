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

/* What to do about a controller that cgroup v2 lacks here. */
#define WAYS_OUT "boot Linux with cgroup_no_v1=all systemd.unified_cgroup_hierarchy=1, or use the lab VM (make vm)"

/* The name of a link in the container's directory, which leads to the cgroup that an engine asked for. */
#define CGROUP "cgroup"

/* Find where cgroup2 is mounted. Returns false if it is not. */
bool find_hierarchy(char path[PATH_MAX]);

/* Does the FILE of the cgroup have the line LINE? */
bool cgroup_says(int cgroup, const char *file, const char *line);

/* Create the cgroup that an engine asks for, with its settings. Sets c->cgroup and c->cgroup_fd. slice.c */
CHECKED int slice_make(struct container *c);

/* Let the kernel check each use of a device by a process of c->cgroup_fd, by the spec's rules. Returns 0, or -1 with c->error filled.
 * bpf(2); guard.c */
CHECKED int guard_devices(struct container *c);

/* Let systemd create the scope that an engine asks for, in the HIERARCHY. Sets the same. scope.c */
CHECKED int scope_make(struct container *c, const char *hierarchy);

/* If c->cgroup is a scope, tell systemd the settings of the spec, resources.unified: otherwise it would restore the earlier ones.
 * Returns 0, or -1 with c->error filled. */
CHECKED int scope_update(struct container *c);

/* The name of the scope that c->cgroup is; NULL: systemd does not manage it. */
const char *scope_of(const struct container *c);

/* Let systemd remove the scope and its cgroup, once its processes have ended. */
void scope_stop(struct container *c);

/* Write the settings of the spec, resources.unified, to the files of c->cgroup_fd. Returns 0, or -1 with c->error filled. */
CHECKED int cgroup_set(struct container *c);

/* Set *PIDS to those of all processes in the cgroup PATH and below: a list that the caller frees. */
CHECKED int cgroup_processes(const char *path, pid_t **pids, struct error *e);

/* Send the signal NUMBER to all of them, however many there are. A cgroup that is gone has none. */
CHECKED int cgroup_signal(const char *path, int number, struct error *e);

/* Freeze the processes of the cgroup, or let them go on, and wait until they are. cgroup-v2.rst on cgroup.freeze */
CHECKED int cgroup_freeze(int cgroup, bool frozen, struct error *e);

#endif
