/*
 * step2-uts - step 1 with a hostname of its own.
 *
 *   new here   CLONE_NEWUTS and sethostname(2)
 *   see        sudo step2-uts/step2-uts --hostname box hostname
 *   break      sudo step2-uts/step2-uts --without uts hostname
 *   read       step2-uts/README.md; uts_namespaces(7), sethostname(2)
 *
 * Build: cc -o step2-uts step2-uts.c
 */
#define _GNU_SOURCE
#define STEP "step2-uts"
#include <limits.h>
#include <sched.h>
#include <sys/mount.h>
#include "workbench.h"

/* What the user asked for. */
struct container {
	char *hostname;
	char **command;
};

/* The child starts here, already in its new namespaces. */
static int inside(void *container)
{
	const struct container *c = container;

	wait_for_go();

	if (with("uts"))
		DO_AS("give the container a hostname of its own", sethostname(c->hostname, strlen(c->hostname)),
		      "sethostname(\"%s\", %zu)", c->hostname, strlen(c->hostname));

	/* Borrowed from step 3: without it, our /proc would cover the host's. */
	DO("keep our mounts to ourselves", mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));

	if (with("proc"))
		DO("let ps read our PIDs instead of the host's",
		   mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));

	return become(c->command);
}

/* What the host does. */
static int outside(struct container *c)
{
	static char stack[1 << 18] __attribute__((aligned(16)));
	int flags = CLONE_NEWNS | SIGCHLD;

	if (with("pid"))
		flags |= CLONE_NEWPID;
	if (with("uts"))
		flags |= CLONE_NEWUTS;

	prepare();
	child = DO_AS("start the container in namespaces of its own",
		      clone(inside, stack + sizeof stack, flags, c),
		      "clone(inside, stack, %s, c)", names_of(flags));
	give_go();
	return wait_for_end();
}

/* What --without can leave out. */
static const struct brick parts[] = {
	{ "pid", "CLONE_NEWPID: COMMAND is PID 1" },
	{ "proc", "a procfs of its own: ps sees the container's PIDs" },
	{ "uts", "CLONE_NEWUTS: a hostname of its own" },
	{ 0 }
};

int main(int argc, char *argv[])
{
	struct container c = { .hostname = "container" };

	usage = "COMMAND [ARG...]";
	bricks = parts;
	options = (struct option[]){
		{ "hostname", "NAME", "hostname of the container (default: container)", &c.hostname, false },
		{ 0 }
	};
	c.command = read_options(argc, argv, 1);
	if (!*c.hostname || strlen(c.hostname) > HOST_NAME_MAX)
		fail("--hostname \"%s\": a hostname has 1 to %d bytes", c.hostname, HOST_NAME_MAX);
	return outside(&c);
}
