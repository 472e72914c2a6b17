/*
 * join.c - namespaces that exist already: an engine gives a path for each that the container is to share, such as those of a pod.
 *
 * We join them before clone3(2), and the container is born in them. To join a PID namespace does not move us: it is for our
 * children. Everything else that the host's side does afterwards works in any of these namespaces, but for one: in a time namespace, our
 * clocks differ from the host's, and so do the start times of processes that we record. So we leave that again.
 *
 * A new time namespace comes the same way, because its clocks can only be set before a process is in it.
 *
 *   see      podman pod create, podman run --pod
 *   read     setns(2), namespaces(7), time_namespaces(7)
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/files.h"
#include "base/say.h"
#include "bricks/brick.h"

static int join(struct container *c, const struct namespace *n)
{
	CLOSED int fd = SHOW(&c->error, "open the namespace", open(n->path, O_RDONLY | O_CLOEXEC), "open(\"%s\", O_RDONLY)", n->path);

	if (fd == -1)
		return -1;
	return SHOW(&c->error, "join the namespace", setns(fd, n->kind), "setns(%d<%s>, 0x%lx)", fd, n->path, n->kind);
}

int join_before(struct container *c)
{
	if (has_namespace(c->spec, CLONE_NEWTIME))
		c->time = DO(&c->error, "remember the host's time namespace", open("/proc/self/ns/time", O_RDONLY | O_CLOEXEC));
	if (creates_namespace(c->spec, CLONE_NEWTIME) &&
	    (DO(&c->error, "create a time namespace for our children", unshare(CLONE_NEWTIME)) == -1 ||
	     (c->spec->clocks && put(&c->error, "set its clocks", AT_FDCWD, "/proc/self/timens_offsets", c->spec->clocks) == -1)))
		return -1;
	for (const struct namespace *n = c->spec->namespaces; n && n->kind; n++)
		if (n->path && join(c, n) == -1)
			return -1;
	return 0;
}

/* Only root of the host can go back. Otherwise, we stay: then what we start has the container's time, too, such as an engine's hooks. */
int join_outside(struct container *c)
{
	if (c->time >= 0)
		MAY("return to the host's time", setns(c->time, CLONE_NEWTIME), "setns(%d, CLONE_NEWTIME)", c->time);
	close_it(&c->time);
	return 0;
}
