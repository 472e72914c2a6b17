/*
 * brick.h - a brick, and the wall: the table of all of them, in the order in which box builds it (wall.c). "Outside" is the host's
 * side of the wall, "inside" the container's.
 */
#ifndef BRICK_H
#define BRICK_H

#include "base/files.h"
#include "base/say.h"
#include "bricks/container.h"

/*
 * Any of its functions may be NULL. Those that return an int return 0, or -1 with c->error filled. The undo functions run in
 * reverse order, also when creation failed halfway, and after a crash. Then only id, root and directory are known, so undo
 * finds what to remove by name, not by the other fields.
 */
typedef int brick_part(struct container *);
typedef void brick_undo(struct container *);

struct brick {
	const char *name;				/* as --without takes it */
	const char *what;				/* one line for the help; NULL: it can't be left out */
	unsigned long namespace;			/* that clone3(2) creates, if the spec lists it: CLONE_NEW*; or 0 */
	brick_part *before;				/* the host's part before clone3(2) */
	brick_part *outside;				/* the host's part after it; host_is_done() waits for all */
	brick_part *inside;				/* the container's part, before it becomes the command */
	brick_undo *undo;				/* the host's part after the container has ended */
};

extern const struct brick wall[];	/* ends with a NULL name */

/* Build the wall: the host's part before clone3(2), which sets c->namespaces, and after it; the container's part, from the brick
 * FIRST on. Each returns 0, or -1 with c->error filled. */
CHECKED int wall_before(struct container *c);
CHECKED int wall_outside(struct container *c);
CHECKED int wall_inside(struct container *c, const char *first);

/* Run the undo functions, last brick first. */
void wall_undo(struct container *c);

/* The functions of the bricks, in the order of the wall. The top of each file describes its brick. */
brick_part user_before, user_outside, user_inside, hooks_outside, hooks_inside, cgroup_before, uts_inside, mount_inside, overlay_before, overlay_inside, mounts_before,
	mounts_outside, mounts_inside, net_before, net_outside, net_inside, veth_before, veth_outside, veth_inside, slirp_before, slirp_outside,
	rest_inside, sysctl_inside, mask_inside, read_only_inside, pivot_inside, detach_inside, oom_outside, rlimit_inside, streams_before, streams_outside,
	streams_inside, terminal_inside, close_inside, apparmor_inside, caps_inside;
brick_undo cgroup_undo, veth_undo, slirp_undo;

#endif
