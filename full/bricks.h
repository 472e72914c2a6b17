/*
 * bricks.h - the parts of the bricks, for the wall in container.c. What each does stands at its file's top;
 * what each kind of part is for, at struct brick. All int ones return 0, or -1 with c->error filled.
 */
#ifndef BRICKS_H
#define BRICKS_H

#include "box.h"

/* user.c */
brick_flags user_flags;
brick_part user_before, user_outside, user_inside;

/* pid.c */
brick_flags pid_flags;
brick_part proc_inside;

/* ipc.c */
brick_flags ipc_flags;

/* cgroup.c */
brick_flags cgroupns_flags;
brick_part cgroup_before;
brick_undo cgroup_undo;

/* net.c */
brick_flags net_flags;
brick_part net_inside, veth_before, veth_outside, veth_inside;
brick_undo veth_undo;

/* slirp.c */
brick_part slirp_before, slirp_outside;
brick_undo slirp_undo;

/* uts.c */
brick_flags uts_flags;
brick_part uts_inside;

/* mount.c */
brick_flags mount_flags;
brick_part mount_inside, sys_inside;

/* overlay.c */
brick_part overlay_before, overlay_inside, read_only_inside;

/* dev.c */
brick_part dev_inside;

/* mask.c */
brick_part mask_inside;

/* etc.c */
brick_part etc_inside;

/* volume.c */
brick_part volume_inside;

/* pivot.c */
brick_part pivot_inside, detach_inside;

/* terminal.c */
brick_part terminal_before, terminal_inside;

/* caps.c */
brick_part rlimit_inside, close_inside, caps_inside;

#endif
