/*
 * uts.c - step 2: a hostname of its own.
 *
 *   see      box run --hostname ship ROOTFS hostname
 *   break    box run --without uts ROOTFS hostname
 *   read     step2-uts/README.md; uts_namespaces(7)
 */
#define _GNU_SOURCE
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"
#include "bricks/brick.h"

unsigned long uts_flags(const struct spec *s UNUSED)
{
	return CLONE_NEWUTS;
}

/* A container on the host's network keeps the host's name, which is the name of the network's addresses. */
int uts_inside(struct container *c)
{
	const char *name = c->spec->hostname ? c->spec->hostname : c->id;

	if (c->spec->network == NETWORK_HOST && !c->spec->hostname)
		return 0;
	return SHOW(&c->error, "set the container's hostname", sethostname(name, strlen(name)),
		    "sethostname(\"%s\", %zu)", name, strlen(name));
}
