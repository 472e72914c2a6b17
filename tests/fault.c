/*
 * fault - run a command, and let one of its system calls fail, or kill it there.
 *
 *   fault outside|inside N error|kill COMMAND [ARG...]
 *
 * outside is COMMAND's process, inside the first child that it makes by clone3(2): others are programs that it runs.
 * Of that one, the call number N (from 1) is not made: it returns EIO; or the process gets SIGKILL instead. What libc
 * does as it starts is not counted, nor are calls that a program can do nothing about (close, munmap, exit) or that
 * can't fail (geteuid), nor what comes after the inside's execve.
 * Says the call on descriptor 3: "N NAME", or "N none" if there are not so many. Exits as COMMAND does.
 *
 * strace -e inject can do this for the calls of one name, but counts both processes' alike. For x86-64.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static bool want_inside, want_kill;
static long want;		/* which call; 0: it has been */
static long count;
static bool counting;		/* COMMAND has been started */
static bool started;		/* the inside has become its command: what it calls now is not ours */
static pid_t outside, inside;
static pid_t helper, held;	/* a child of another kind; one that has stopped before we know which */
static long last;		/* the outside's last call */
static bool faulted[2];	/* of the outside, of the inside: its call is to fail */

static bool counts(long call)
{
	static const long never[] = { SYS_arch_prctl, SYS_set_tid_address, SYS_close, SYS_munmap, SYS_exit, SYS_exit_group,
				      SYS_rt_sigreturn, SYS_geteuid, SYS_getegid, SYS_getpid, SYS_getppid, SYS_getpgrp, SYS_umask };

	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		if (call == never[i])
			return false;
	return true;
}

static void set_word(pid_t pid, size_t offset, long value)
{
	ptrace(PTRACE_POKEUSER, pid, offset, value);
}

/* A process stands before or behind a call. */
static void at_call(pid_t pid)
{
	const bool is_inside = pid == inside;
	struct __ptrace_syscall_info info = { 0 };

	ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info);
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY) {
		if (faulted[is_inside])
			set_word(pid, offsetof(struct user_regs_struct, rax), -EIO);
		faulted[is_inside] = false;
		return;
	}
	last = is_inside ? last : (long)info.entry.nr;
	if (is_inside != want_inside || !want || started || !counts(info.entry.nr) || ++count != want)
		return;
	dprintf(3, "%ld %lld\n", want, (long long)info.entry.nr);
	want = 0;
	if (want_kill)
		kill(pid, SIGKILL);
	else
		set_word(pid, offsetof(struct user_regs_struct, orig_rax), -1), faulted[is_inside] = true;
}

static void let_go(pid_t pid, int signal)
{
	const bool watched = counting && (pid == outside || pid == inside) && (want || faulted[0] || faulted[1]);

	ptrace(watched ? PTRACE_SYSCALL : PTRACE_CONT, pid, NULL, signal);
}

/* Let it go on, with the signal if it stopped for one. */
static void go_on(pid_t pid, int status)
{
	int signal = WSTOPSIG(status), event = status >> 16;
	unsigned long child = 0;

	if (event == PTRACE_EVENT_STOP && pid != outside && pid != inside && pid != helper) {
		held = pid;
		return;
	}
	if (signal == (SIGTRAP | 0x80)) {
		at_call(pid);
		signal = 0;
	} else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_VFORK) {
		if (ptrace(PTRACE_GETEVENTMSG, pid, NULL, &child) == 0 && pid == outside)
			*(!inside && last == SYS_clone3 ? &inside : &helper) = child;
		if (held == (pid_t)child)
			let_go(held, 0), held = 0;
		signal = 0;
	} else if (event == PTRACE_EVENT_EXEC) {
		started = started || pid == inside;
		signal = 0;
	} else if (event) {
		signal = 0;
	}
	counting = counting || event == PTRACE_EVENT_EXEC;
	let_go(pid, signal);
}

int main(int argc, char *argv[])
{
	int status;
	pid_t pid;

	if (argc < 5)
		errx(125, "usage: fault outside|inside N error|kill COMMAND [ARG...]");
	want_inside = strcmp(argv[1], "inside") == 0, want = atol(argv[2]), want_kill = strcmp(argv[3], "kill") == 0;
	if ((outside = fork()) == 0) {
		close(3);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		raise(SIGSTOP);
		execv(argv[4], argv + 4);
		err(127, "%s", argv[4]);
	}
	waitpid(outside, &status, WUNTRACED);
	ptrace(PTRACE_SEIZE, outside, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
	       PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC);
	kill(outside, SIGCONT);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (WIFSTOPPED(status))
			go_on(pid, status);
		else if (pid == outside)
			break;
	}
	if (want)
		dprintf(3, "%ld none\n", want);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
