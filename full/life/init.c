/*
 * init.c - a PID 1 for commands that were not written to be PID 1 (--init): it reaps processes and passes signals on.
 *
 * PID 1 inherits the orphans of its PID namespace. If it does not wait for them, they stay as zombies. And PID 1 does not
 * receive a signal for which it has no handler. So this init waits for all processes, and the command is its child, which
 * receives every signal. It is as small as catatonit: it reads signals one by one from a descriptor, and has no timer and no
 * handler. All bricks are in place by now, so it has no privilege that the command does not have.
 *
 *   see      box run --init ROOTFS sh -c '(sleep 1 &); sleep 2; ps'
 *   break    the same without --init, with "exec sleep 9" instead of "sleep 2; ps"; then box exec ID ps shows a zombie
 *   read     pid_namespaces(7), signalfd(2), waitpid(2)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/list.h"
#include "base/say.h"
#include "life/init.h"

/* Reap all processes that have ended. If CHILD is one of them, exit with its status. */
static void reap(pid_t child)
{
	pid_t ended;
	int status;

	while ((ended = waitpid(-1, &status, WNOHANG)) > 0)
		if (ended == child)
			_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

/* The outside marks a signal that comes from the user's terminal with SI_QUEUE: it is for the child's whole process group. */
static void __attribute__((noreturn)) stay(pid_t child, int signals)
{
	struct signalfd_siginfo info;

	for (;;) {
		if (read(signals, &info, sizeof info) != sizeof info) {
			if (errno != EINTR)
				_exit(125);	/* without signals, there is nothing to reap or forward */
			continue;
		}
		if (info.ssi_signo == SIGCHLD)
			reap(child);
		else
			kill(info.ssi_code == SI_QUEUE ? -child : child, info.ssi_signo);
	}
}

int run_init(struct container *c)
{
	int signals;
	sigset_t all;
	pid_t child;

	/* Our memory has the environment of box's caller, and our descriptors belong to the host. The command must never see
	 * them. This does not affect the command itself: execve(2) makes it dumpable again. */
	prctl(PR_SET_DUMPABLE, 0);
	sigfillset(&all);	/* blocked since hold_signals() */
	signals = DO(&c->error, "open a descriptor from which signals are read", signalfd(-1, &all, SFD_CLOEXEC));
	if (signals == -1)
		return -1;
	if (explain)
		say("start the command as a child", "fork()\n");
	child = fork();
	if (child >= 0)	/* both processes do it, so neither has to wait for the other */
		MAY("put the command into a process group of its own", setpgid(child, child), "setpgid(%d, %d)", child, child);
	if (child == 0 && c->spec->process.terminal)
		MAY("become the terminal's foreground process group", tcsetpgrp(STDIN_FILENO, getpid()), "tcsetpgrp(0, getpid())");
	if (child <= 0)
		return child == 0 ? 0 : fail_call(&c->error, "start the command as a child", "fork()");
	hide_values(c->spec->process.env);
	prctl(PR_SET_NAME, "init");
	dup2(signals, 0);
	dup2(c->channel, 1);
	syscall(SYS_close_range, 2, ~0u, 0);
	prctl(PR_SET_DUMPABLE, c->rootless);	/* without root, box exec could not join us otherwise; nothing secret is left */
	close(1);	/* tell the host's side to go on */
	stay(child, 0);
}
