/*
 * join.c - namespaces that exist already: an engine gives a path for each that the container is to share, such as those of a pod.
 *
 * We join them before clone3(2), and the container is born in them. To join a PID namespace does not move us: it is for our
 * children. Everything else that the host's side does afterwards works in any of these namespaces.
 *
 *   see      podman pod create, podman run --pod
 *   read     setns(2), namespaces(7)
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "base/cleanup.h"
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
	for (const struct namespace *n = c->spec->namespaces; n && n->kind; n++)
		if (n->path && join(c, n) == -1)
			return -1;
	return 0;
}
