/*
 * wall.c - the wall: the whole container in one table, in the order in which box creates it.
 */
#define _GNU_SOURCE
#include <string.h>

#include "base/files.h"
#include "base/wait.h"
#include "bricks/brick.h"

const struct brick wall[] = {
	{ "user", "CLONE_NEWUSER with --userns auto: root inside, an unprivileged user outside", user_flags, user_before, user_outside, user_inside, NULL },
	{ "pid", "CLONE_NEWPID: the command is PID 1", pid_flags, NULL, NULL, NULL, NULL },
	{ "ipc", "CLONE_NEWIPC: message queues and shared memory of its own", ipc_flags, NULL, NULL, NULL, NULL },
	{ "cgroup", "a cgroup with its limits, in which the container starts", NULL, cgroup_before, NULL, NULL, cgroup_undo },
	{ "evacuate", "processes move out of a cgroup that has to enable controllers", NULL, NULL, NULL, NULL, NULL },
	{ "cgroupns", "CLONE_NEWCGROUP: it sees its cgroup as the root", cgroupns_flags, NULL, NULL, NULL, NULL },
	{ "uts", "CLONE_NEWUTS: a hostname of its own", uts_flags, NULL, NULL, uts_inside, NULL },
	{ "mount", NULL, mount_flags, NULL, NULL, mount_inside, NULL },	/* without it, its mounts would be the host's */
	{ "root", NULL, NULL, overlay_before, NULL, overlay_inside, NULL },	/* an overlay, or ROOTFS itself */
	{ "overlay", "what it writes goes to a directory of its own, not to ROOTFS", NULL, NULL, NULL, NULL, NULL },
	{ "proc", "a procfs of its own: ps sees the container's PIDs", NULL, NULL, NULL, proc_inside, NULL },
	{ "dev", "a /dev with the few devices that every program expects", NULL, NULL, NULL, dev_inside, NULL },
	{ "etc", "/etc/hosts, /etc/hostname and /etc/resolv.conf of its own", NULL, NULL, NULL, etc_inside, NULL },
	{ "net", "CLONE_NEWNET: interfaces, routes and ports of its own", net_flags, NULL, net_outside, net_inside, NULL },
	{ "veth", "a cable to the bridge, an address, a route, published ports", NULL, veth_before, veth_outside, veth_inside, veth_undo },
	{ "slirp", "the same without root, with slirp4netns or pasta", NULL, slirp_before, slirp_outside, NULL, slirp_undo },
	{ "sysctl", "--sysctl", NULL, NULL, NULL, sysctl_inside, NULL },	/* while /proc/sys is still writable */
	{ "sys", "a read-only sysfs, with its cgroup mounted in it", NULL, NULL, NULL, sys_inside, NULL },	/* it shows the network namespace that we are in */
	{ "mask", "no access to the kernel's secrets and settings in /proc and /sys", NULL, NULL, NULL, mask_inside, NULL },
	{ "volume", "--volume and --tmpfs", NULL, volume_before, volume_outside, volume_inside, NULL },
	{ "read-only", "--read-only", NULL, NULL, NULL, read_only_inside, NULL },
	{ "pivot", "pivot_root(2): its root file system becomes the root mount", NULL, NULL, NULL, pivot_inside, NULL },
	{ "detach", "the host's tree is unmounted", NULL, NULL, NULL, detach_inside, NULL },
	{ "rlimit", "--ulimit", NULL, NULL, NULL, rlimit_inside, NULL },
	{ "streams", NULL, NULL, streams_before, streams_outside, streams_inside, NULL },	/* without it, the container could type on our terminal */
	{ "terminal", "a terminal of its own with -t", NULL, NULL, NULL, terminal_inside, NULL },
	{ "close", "no descriptors but 0, 1 and 2", NULL, NULL, NULL, close_inside, NULL },
	{ "caps", "few capabilities, and execve(2) adds none", NULL, NULL, NULL, caps_inside, NULL },
	{ "seccomp", "a system call filter", NULL, NULL, NULL, NULL, NULL },	/* loaded last, by inside_from */
	{ 0 }
};

struct container container_of(const struct spec *s)
{
	return (struct container){ .spec = s, .directory = -1, .tree = -1, .pidfd = -1, .channel = -1, .cgroup_fd = -1, .handed = -1,
				   .given = { -1, -1, -1 }, .kept = { -1, -1, -1 }, .terminal = -1, .log = -1, .ids = -1,
				   .rootless = !is_root() };
}

int wall_before(struct container *c)
{
	for (const struct brick *b = wall; b->name; b++) {
		if (!with(c->spec, b->name))
			continue;
		if (b->before && b->before(c) == -1)
			return -1;
		if (b->flags)
			c->namespaces |= b->flags(c->spec);
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
