/*
 * join.c - namespaces that exist already: an engine gives a path for each that the container is to share, such as those of a pod.
 *
 * A process of its own joins them (life/start.c), and starts the container from there. So box itself stays in the host's
 * namespaces, and so do the programs that it starts, such as an engine's hooks. A new time namespace comes the same way, because its
 * clocks can only be set before a process is in it.
 *
 * The order matters. To join a namespace takes rights over the user namespace that owns it. Root of the host has rights over all of
 * them, and keeps them until it joins a user namespace: so that comes last. Other users have none before: so it comes first.
 *
 *   see      podman pod create, podman run --pod
 *   read     setns(2), namespaces(7), user_namespaces(7), time_namespaces(7)
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/say.h"
#include "bricks/join.h"

static int join(struct container *c, const struct namespace *n, int fd)
{
	const int result = SHOW(&c->error, "join the namespace", setns(fd, n->kind), "setns(%d<%s>, 0x%lx)", fd, n->path, n->kind);

	close(fd);
	return result;
}

/* Join those that are ready, whose descriptors are FDS, of these KINDS. */
static int join_kinds(struct container *c, int fds[], unsigned long kinds)
{
	const struct namespace *all = c->spec->namespaces;

	for (size_t i = 0; all[i].kind; i++)
		if (all[i].path && all[i].kind & kinds && join(c, &all[i], fds[i]) == -1)
			return -1;
	return 0;
}

/* What pivot_root(2) does later, it would do to us and to all that is beside us. */
static int check_mounts(struct container *c, const struct namespace *n, int fd)
{
	struct stat theirs, ours;

	if (n->kind != CLONE_NEWNS || fstat(fd, &theirs) == -1 || stat("/proc/self/ns/mnt", &ours) == -1 || theirs.st_ino != ours.st_ino)
		return 0;
	return fail(&c->error, "%s is box's own mount namespace: the container's root would be that of the host; use another, or a new one", n->path);
}

static int join_paths(struct container *c)
{
	const struct namespace *all = c->spec->namespaces;
	const unsigned long others = ~(unsigned long)(CLONE_NEWUSER | CLONE_NEWNS);
	const bool root = geteuid() == 0;
	const unsigned long order[] = { root ? 0 : CLONE_NEWUSER, others, CLONE_NEWNS, root ? CLONE_NEWUSER : 0 };
	size_t count = 0;
	int *fds FREED = NULL;

	while (all[count].kind)
		count++;
	if (!(fds = calloc(count, sizeof *fds)))
		abort();
	for (size_t i = 0; i < count; i++) {	/* all of them first: in another mount namespace, a path may lead elsewhere */
		if (!all[i].path)
			continue;
		fds[i] = SHOW(&c->error, "open the namespace", open(all[i].path, O_RDONLY | O_CLOEXEC), "open(\"%s\", O_RDONLY)", all[i].path);
		if (fds[i] == -1 || check_mounts(c, &all[i], fds[i]) == -1)
			return -1;
	}
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (join_kinds(c, fds, order[i]) == -1)
			return -1;
	return 0;
}

bool joins_namespaces(const struct spec *s)
{
	for (const struct namespace *n = s->namespaces; n && n->kind; n++)
		if (n->path || n->kind == CLONE_NEWTIME)
			return true;
	return false;
}

int join_namespaces(struct container *c)
{
	if (!creates_namespace(c->spec, CLONE_NEWTIME))
		return join_paths(c);
	if (DO(&c->error, "create a time namespace for our children", unshare(CLONE_NEWTIME)) == -1)
		return -1;
	if (c->spec->clocks && put(&c->error, "set its clocks", AT_FDCWD, "/proc/self/timens_offsets", c->spec->clocks) == -1)
		return -1;
	return join_paths(c);
}
