/*
 * uts.c - step 2: a hostname of its own.
 *
 *   see      box run --hostname ship ROOTFS hostname
 *   break    box run --without uts ROOTFS hostname
 *   read     step2-uts/README.md; uts_namespaces(7)
 */
#define _GNU_SOURCE
#include <string.h>
#include <unistd.h>

#include "bricks/brick.h"

int uts_inside(struct container *c)
{
	const char *name = c->spec->hostname, *domain = c->spec->domainname;

	if (domain && SHOW(&c->error, "set the container's NIS domain name", setdomainname(domain, strlen(domain)),
			   "setdomainname(\"%s\", %zu)", domain, strlen(domain)) == -1)
		return -1;
	return !name ? 0 : SHOW(&c->error, "set the container's hostname", sethostname(name, strlen(name)),
				"sethostname(\"%s\", %zu)", name, strlen(name));
}
