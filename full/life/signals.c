/*
 * signals.c - what box does with the signals that it receives: they are for the container.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/files.h"
#include "base/say.h"
#include "base/wait.h"
#include "life/signals.h"

/* Block all signals until container_wait receives them. */
void hold_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
}

/* Stop ourselves by the default action of the signal NUMBER. The kernel does not stop an orphaned process group: no shell could
 * continue it. */
void stop_with(int number)
{
	sigset_t one;

	sigemptyset(&one);
	sigaddset(&one, number);
	raise(number);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	sigprocmask(SIG_BLOCK, &one, NULL);
}

/* The container has a session of its own, so our terminal sends it no signals: we forward them to its first process group.
 * With --init, the command has a process group of its own, and the init forwards them to that (init.c). */
static void tell_group(struct container *c, int number)
{
	const siginfo_t word = { .si_signo = number, .si_code = SI_QUEUE };

	if (c->spec->own.init)
		MAY("pass the terminal's signal on", syscall(SYS_pidfd_send_signal, c->pidfd, number, &word, 0),
		    "pidfd_send_signal(%d, %d, {SI_QUEUE}, 0)", c->pidfd, number);
	else
		MAY("pass the terminal's signal on", kill(-c->pid, number), "kill(-%d, %d)", c->pid, number);
}

/* Does PID 1 block, ignore or handle a signal? proc(5), /proc/PID/status. */
static bool cares_about(pid_t pid, int number)
{
	unsigned long long blocked = 0, ignored = 0, caught = 0;
	char path[32], text[4096] = "";
	const char *sets;

	snprintf(path, sizeof path, "/proc/%d/status", pid);
	if (get(AT_FDCWD, path, text, sizeof text) > 0 && (sets = strstr(text, "SigBlk:")))
		sscanf(sets, "SigBlk: %llx SigIgn: %llx SigCgt: %llx", &blocked, &ignored, &caught);
	return (blocked | ignored | caught) >> (number - 1) & 1;
}

/*
 * A signal from the kernel comes from the terminal, and is meant for the whole job. Ctrl-Z stops the container and us.
 * Only SIGSTOP stops a PID 1, or a process group whose session has no shell. SIGPIPE concerns only our own output. If our caller
 * ignores a signal of the terminal (nohup, or a script that starts us in the background), it is not for the container, either.
 * The second Ctrl-C ends a PID 1 without a handler: otherwise, you would need a second terminal for that.
 */
void pass_on(struct container *c, int number, int code)
{
	const bool is_key = number == SIGINT || number == SIGQUIT;

	if (number == SIGCHLD || number == SIGPIPE || (is_ignored(number) && (code == SI_KERNEL || number == SIGHUP)))
		return;
	if (code == SI_KERNEL && number == SIGTSTP) {
		tell_group(c, c->spec->own.init ? SIGTSTP : SIGSTOP);
		stop_with(SIGTSTP);
		tell_group(c, SIGCONT);
	} else if (code == SI_KERNEL) {
		tell_group(c, number);
		if (c->pressed && is_key && !cares_about(c->pid, number))
			MAY("end it: PID 1 ignores what it has no handler for", kill(c->pid, SIGKILL), "kill(%d, SIGKILL)", c->pid);
		c->pressed |= is_key;
	} else {
		MAY("pass the signal on", syscall(SYS_pidfd_send_signal, c->pidfd, number, NULL, 0),
		    "pidfd_send_signal(%d, %d, NULL, 0)", c->pidfd, number);
	}
}
