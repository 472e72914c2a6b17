/*
 * wall.c - the wall: the whole container in one table, in the order in which box creates it.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <string.h>

#include "base/wait.h"
#include "bricks/brick.h"

const struct brick wall[] = {
	{ "user", "CLONE_NEWUSER with --userns auto: root inside, an unprivileged user outside", CLONE_NEWUSER, user_before, user_outside, user_inside, NULL },
	{ "pid", "CLONE_NEWPID: the command is PID 1", CLONE_NEWPID, NULL, NULL, NULL, NULL },
	{ "ipc", "CLONE_NEWIPC: message queues and shared memory of its own", CLONE_NEWIPC, NULL, NULL, NULL, NULL },
	{ "cgroup", "a cgroup with its limits, in which the container starts", 0, cgroup_before, NULL, NULL, cgroup_undo },
	{ "evacuate", "processes move out of a cgroup that has to enable controllers", 0, NULL, NULL, NULL, NULL },
	{ "cgroupns", "CLONE_NEWCGROUP: it sees its cgroup as the root", CLONE_NEWCGROUP, NULL, NULL, NULL, NULL },
	{ "uts", "CLONE_NEWUTS: a hostname of its own", CLONE_NEWUTS, NULL, NULL, uts_inside, NULL },
	{ "mount", NULL, CLONE_NEWNS, NULL, NULL, mount_inside, NULL },	/* without it, its mounts would be the host's */
	{ "root", NULL, 0, overlay_before, NULL, overlay_inside, NULL },	/* an overlay, or ROOTFS itself */
	{ "overlay", "what it writes goes to a directory of its own, not to ROOTFS", 0, NULL, NULL, NULL, NULL },
	{ "mounts", NULL, 0, mounts_before, mounts_outside, mounts_inside, NULL },	/* the spec's list, up to a sysfs; each mount has a brick: */
	{ "proc", "a procfs of its own: ps sees the container's PIDs", 0, NULL, NULL, NULL, NULL },
	{ "dev", "a /dev with the few devices that every program expects", 0, NULL, NULL, NULL, NULL },
	{ "etc", "/etc/hosts, /etc/hostname and /etc/resolv.conf of its own", 0, NULL, NULL, NULL, NULL },
	{ "volume", "--volume and --tmpfs", 0, NULL, NULL, NULL, NULL },
	{ "net", "CLONE_NEWNET: interfaces, routes and ports of its own", 0, net_before, net_outside, net_inside, NULL },
	{ "veth", "a cable to the bridge, an address, a route, published ports", 0, veth_before, veth_outside, veth_inside, veth_undo },
	{ "slirp", "the same without root, with slirp4netns or pasta", 0, slirp_before, slirp_outside, NULL, slirp_undo },
	{ "rest", NULL, 0, NULL, NULL, rest_inside, NULL },	/* the rest of the list */
	{ "sys", "a read-only sysfs, with its cgroup mounted in it", 0, NULL, NULL, NULL, NULL },
	{ "sysctl", "--sysctl", 0, NULL, NULL, sysctl_inside, NULL },	/* while /proc/sys is still writable */
	{ "mask", "no access to the kernel's secrets and settings in /proc and /sys", 0, NULL, NULL, mask_inside, NULL },
	{ "hooks", NULL, 0, NULL, hooks_outside, hooks_inside, NULL },	/* an engine's programs */
	{ "read-only", "--read-only", 0, NULL, NULL, read_only_inside, NULL },
	{ "pivot", "pivot_root(2): its root file system becomes the root mount", 0, NULL, NULL, pivot_inside, NULL },
	{ "detach", "the host's tree is unmounted", 0, NULL, NULL, detach_inside, NULL },
	{ "rlimit", "--ulimit", 0, NULL, oom_outside, rlimit_inside, NULL },
	{ "streams", NULL, 0, streams_before, streams_outside, streams_inside, NULL },	/* without it, the container could type on our terminal */
	{ "terminal", "a terminal of its own with -t", 0, NULL, NULL, terminal_inside, NULL },
	{ "close", "no descriptors but 0, 1 and 2", 0, NULL, NULL, close_inside, NULL },
	{ "apparmor", NULL, 0, NULL, NULL, apparmor_inside, NULL },	/* while we may: a change of user changes who may write it */
	{ "caps", "few capabilities, and execve(2) adds none", 0, NULL, NULL, caps_inside, NULL },
	{ "seccomp", "a system call filter", 0, NULL, NULL, NULL, NULL },	/* loaded last, by inside_from, or by caps */
	{ 0 }
};

struct container container_of(const struct spec *s)
{
	return (struct container){ .spec = s, .directory = -1, .image = -1, .tree = -1, .dev = -1, .pidfd = -1, .channel = -1, .cgroup_fd = -1, .handed = -1,
				   .given = { -1, -1, -1 }, .kept = { -1, -1, -1 }, .terminal = -1, .log = -1, .gate = -1, .scope = -1, .ids = -1,
				   .rootless = !is_root() };
}

int wall_before(struct container *c)
{
	for (const struct brick *b = wall; b->name; b++) {
		if (!with(c->spec, b->name))
			continue;
		if (b->before && b->before(c) == -1)
			return -1;
		if (creates_namespace(c->spec, b->namespace))
			c->namespaces |= b->namespace;
	}
	return 0;
}

int wall_outside(struct container *c)
{
	for (const struct brick *b = wall; b->name; b++)
		if (b->outside && with(c->spec, b->name) && b->outside(c) == -1)
			return -1;
	return 0;
}

int wall_inside(struct container *c, const char *first)
{
	const struct brick *b = wall;

	while (strcmp(b->name, first) != 0)
		b++;
	for (; b->name; b++)
		if (b->inside && with(c->spec, b->name) && (b->inside(c) == -1 || check_interrupt(&c->error) == -1))
			return -1;
	return 0;
}

void wall_undo(struct container *c)
{
	const struct brick *b = wall;

	while (b->name)
		b++;
	while (b-- > wall)
		if (b->undo && (!c->spec || with(c->spec, b->name)))
			b->undo(c);
}
