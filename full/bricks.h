/*
 * bricks.h - the functions of the bricks, for the wall in container.c. The top of each file describes its brick;
 * struct brick describes each kind of function. Those that return an int return 0, or -1 with c->error filled.
 */
#ifndef BRICKS_H
#define BRICKS_H

#include "box.h"

/* In the order of the wall. */
brick_flags user_flags, pid_flags, ipc_flags, cgroupns_flags, uts_flags, mount_flags, net_flags;
brick_part user_before, user_outside, user_inside, cgroup_before, uts_inside, mount_inside, overlay_before, overlay_inside,
	proc_inside, dev_inside, etc_inside, net_outside, net_inside, veth_before, veth_outside, veth_inside, slirp_before,
	slirp_outside, sysctl_inside, sys_inside, mask_inside, volume_inside, read_only_inside, pivot_inside, detach_inside,
	rlimit_inside, streams_before, streams_outside, streams_inside, terminal_before, terminal_inside, close_inside, caps_inside;
brick_undo cgroup_undo, veth_undo, slirp_undo;

#endif
