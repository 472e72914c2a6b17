/*
 * step1-pid - run a command that believes it is PID 1.
 *
 *   new here   CLONE_NEWPID, and a procfs that agrees with it
 *   see        sudo step1-pid/step1-pid ps -o pid,ppid,comm
 *   break      sudo step1-pid/step1-pid --without proc ps -o pid,ppid,comm
 *   read       step1-pid/README.md; pid_namespaces(7), clone(2), proc(5)
 *
 * Build: cc -o step1-pid step1-pid.c
 * DO() makes a system call and says why. It and the other tools are in workbench.h.
 */
#define _GNU_SOURCE
#define STEP "step1-pid"
#include <sched.h>
#include <sys/mount.h>
#include "workbench.h"

/* The child starts here, already in its new namespaces. */
static int inside(void *command)
{
	wait_for_go();

	/* Borrowed from step 3: without it, our /proc would cover the host's. */
	DO("keep our mounts to ourselves", mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));

	if (with("proc"))
		DO("let ps read our PIDs instead of the host's",
		   mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));

	return become(command);
}

/* What the host does. */
static int outside(char **command)
{
	static char stack[1 << 18] __attribute__((aligned(16)));
	int flags = CLONE_NEWNS | SIGCHLD;

	if (with("pid"))
		flags |= CLONE_NEWPID;

	prepare();
	child = DO_AS("start the container in namespaces of its own",
		      clone(inside, stack + sizeof stack, flags, command),
		      "clone(inside, stack, %s, command)", names_of(flags));
	give_go();
	return wait_for_end();
}

/* What --without can leave out. */
static const struct brick parts[] = {
	{ "pid", "CLONE_NEWPID: COMMAND is PID 1" },
	{ "proc", "a procfs of its own: ps sees the container's PIDs" },
	{ 0 }
};

int main(int argc, char *argv[])
{
	usage = "COMMAND [ARG...]";
	bricks = parts;
	return outside(read_options(argc, argv, 1));
}
