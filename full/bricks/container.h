/*
 * container.h - the container: what exists so far. The bricks (brick.h) and its life (life/container.h) fill it from the spec.
 */
#ifndef CONTAINER_H
#define CONTAINER_H

#include <limits.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/spec.h"

enum { MAP_LINES = 64 };	/* the kernel accepts 340 */

struct container {
	const struct spec *spec;
	struct error error;
	char id[NAME_MAX + 1];
	char root[PATH_MAX];		/* ROOT's path */
	int directory;			/* descriptor of ROOT/ID; locked as long as box runs */
	bool spare;			/* that directory contains one for the next container */
	int tree;			/* inside: its root file system; before that, ROOTFS with translated owners, or -1 */
	int *sources;			/* copies of the host's mounts for the spec's binds, in its order; NULL: the inside makes them */
	const struct mount *next;	/* inside: of the spec's mounts, the first that is not made yet */
	int dev;			/* inside: the file system on its /dev; or -1 */
	unsigned long namespaces;	/* in which it was created: CLONE_NEW* flags */
	int handed;			/* descriptor that the host passes in: ROOTFS with translated owners, or a network namespace; or -1 */
	bool pressed;			/* Ctrl-C or Ctrl-\, once */
	bool host_is_done;		/* inside: the host has reported that its part is done */
	pid_t pid;			/* of its PID 1, in the host's PID namespace; inside: 0 */
	int pidfd;
	unsigned long long born;	/* start time of its PID 1, in clock ticks since boot: proc(5) */
	int channel;			/* a SOCK_SEQPACKET socket to the other side of the wall */
	char *home;			/* inside: home directory of the user that it runs as */
	char cgroup[PATH_MAX];		/* path of its cgroup; empty: it has none */
	int cgroup_fd;
	bool oom;			/* it has ended, and the OOM killer has killed one of its processes */
	struct in_addr address;		/* on the bridge; 0: it has none */
	int terminal;			/* master of its pseudoterminal */
	int log;			/* with -d: the file that its output goes to */
	unsigned long joins;		/* exec: which namespaces of pidfd's process to join */
	int given[3], kept[3];		/* instead of our terminal at 0, 1 and 2: what the container gets, and our end of it; or -1 */
	struct id_map maps[2][MAP_LINES + 1];	/* of its user namespace: of users and groups */
	int gate;			/* inside: the fifo at which an engine's container waits for start; or -1 */
	int scope;			/* a pipe that holds systemd's scope until the container is in it; or -1 */
	int image;			/* descriptor that keeps its image in place: locked as long as box runs; or -1 */
	int ids;			/* descriptor that locks the host IDs of those maps as long as box runs; or -1 */
	pid_t helper;			/* PID of slirp4netns or pasta */
	bool rootless;
};

/* A container of which nothing exists yet. */
struct container container_of(const struct spec *s);

#endif
