/*
 * init.c - a PID 1 for commands that were not made to be one (--init): it reaps, and passes signals on.
 *
 * PID 1 inherits the orphans of its namespace, and who does not wait for them keeps their zombies. And a signal
 * that it has no handler for does not reach it. So this one waits for all, and the command is its child, which every
 * signal reaches. It is as small as catatonit: the signals come out of a descriptor one by one, there is no timer
 * and no handler. All bricks stand by now: it has no privilege that the command has not.
 *
 *   see      box run --init ROOTFS sh -c '(sleep 1 &); sleep 2; ps'
 *   break    the same without --init, with "exec sleep 9" in place of "sleep 2; ps", and ps by box exec: a zombie
 *   read     pid_namespaces(7), signalfd(2), waitpid(2)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "box.h"

/* Reap all who have ended. Returns when CHILD is not among them. */
static void reap(pid_t child)
{
	pid_t ended;
	int status;

	while ((ended = waitpid(-1, &status, WNOHANG)) > 0)
		if (ended == child)
			_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}

/* The host's box marks what our caller's terminal told it (SI_QUEUE): that is for the child's whole group. */
static void __attribute__((noreturn)) stay(pid_t child, int signals)
{
	struct signalfd_siginfo info;

	for (;;) {
		if (read(signals, &info, sizeof info) != sizeof info) {
			if (errno != EINTR)
				_exit(125);	/* who can't hear can't reap */
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

	/* Our memory has the environment of box's caller, and our descriptors are the host's: the command, who gets this
	 * back by execve(2), must not see them even once. */
	prctl(PR_SET_DUMPABLE, 0);
	sigfillset(&all);	/* blocked since hold_signals */
	signals = DO(&c->error, "have signals as something to read", signalfd(-1, &all, SFD_CLOEXEC));
	if (signals == -1)
		return -1;
	if (explain)
		say("start the command as a child", "fork()\n");
	child = fork();
	if (child >= 0)	/* both do it: neither waits for the other */
		MAY("have it be a job of its own", setpgid(child, child), "setpgid(%d, %d)", child, child);
	if (child == 0 && c->spec->tty)
		MAY("be the one in the terminal's foreground", tcsetpgrp(STDIN_FILENO, getpid()), "tcsetpgrp(0, getpid())");
	if (child <= 0)
		return child == 0 ? 0 : fail_call(&c->error, "start the command as a child", "fork()");
	hide_values(c->spec->environment);
	prctl(PR_SET_NAME, "init");
	dup2(signals, 0);
	dup2(c->channel, 1);
	syscall(SYS_close_range, 2, ~0u, 0);
	prctl(PR_SET_DUMPABLE, c->rootless);	/* who is not root could not join us; there is nothing left to see */
	close(1);	/* the host may go on */
	stay(child, 0);
}
