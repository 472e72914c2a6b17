/*
 * net.c - step 6: a network of its own.
 *
 *   see      box run --network none ROOTFS ip address
 *   break    box run --without net ROOTFS ip address
 *   read     step6-net/README.md; network_namespaces(7), setns(2)
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bricks/brick.h"
#include "bricks/channel.h"

/* Otherwise, net_outside() creates the namespace. An engine's hooks look for it at the container's PID. A network namespace that
 * belongs to a user namespace must be created together with it. And a process that is root only in a user namespace could not
 * return to the network that it leaves. */
int net_before(struct container *c)
{
	if (creates_namespace(c->spec, CLONE_NEWNET) &&
	    (c->spec->engine.owns || creates_namespace(c->spec, CLONE_NEWUSER) || c->rootless))
		c->namespaces |= CLONE_NEWNET;
	return 0;
}

/* An ioctl(2) is a tenth faster than rtnetlink, and every container needs this. */
static int raise_lo(struct container *c)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	CLOSED int any = DO(&c->error, "open a socket for the request", socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));

	return any == -1 ? -1 : SHOW(&c->error, "bring lo up: a new lo is down", ioctl(any, SIOCSIFFLAGS, &lo),
				     "ioctl(%d, SIOCSIFFLAGS, {lo, IFF_UP})", any);
}

/* The network namespace takes longer than all the others, so the outside creates it while the inside mounts. */
int net_outside(struct container *c)
{
	CLOSED int hosts = -1;

	if (!creates_namespace(c->spec, CLONE_NEWNET) || c->namespaces & CLONE_NEWNET)
		return 0;
	hosts = DO(&c->error, "keep a descriptor of the host's network, to return to it",
		   open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
	if (hosts == -1 ||
	    DO(&c->error, "create a network namespace for the container", unshare(CLONE_NEWNET)) == -1)
		return -1;
	c->handed = raise_lo(c) == -1 ? -1 :
		    DO(&c->error, "keep a descriptor of the container's network", open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
	if (SHOW(&c->error, "return to the host's network", setns(hosts, CLONE_NEWNET), "setns(%d, CLONE_NEWNET)", hosts) == -1) {
		fprintf(stderr, "box: %s\n", c->error.text);
		_exit(125);	/* we can't clean up on the host from here; the next box does it, as if we had been killed */
	}
	return c->handed == -1 ? -1 : channel_pass(c, "pass the network to the inside", c->handed);
}

int net_inside(struct container *c)
{
	host_is_done(c);
	if (!creates_namespace(c->spec, CLONE_NEWNET))
		return 0;
	return c->handed == -1 ? raise_lo(c) :
	       SHOW(&c->error, "enter the container's network", setns(c->handed, CLONE_NEWNET), "setns(%d, CLONE_NEWNET)", c->handed);
}
