/*
 * fault - run box, and let one of its system calls fail, or kill it there.
 *
 *   fault outside|inside|inmost N error|kill COMMAND [ARG...]
 *
 * COMMAND is box, or what becomes box (setpriv, env). outside is that process, inside the first child that it makes by
 * clone3(2), inmost the first that this one makes: others are programs that they run. Of whom is named, the call number
 * N (from 1) is not made: it returns EIO; or the process gets SIGKILL instead. What libc does as it starts is not
 * counted, nor are calls that a program can do nothing about (close, munmap, exit) or that can't fail (geteuid), nor
 * what comes after the execve by which a child becomes another program.
 * Says the call on descriptor 3: "N NAME", or "N none" if there are not so many. Exits as COMMAND does.
 *
 * strace -e inject can do this for the calls of one name, but counts all processes' alike. For x86-64.
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

enum { OUTSIDE, INSIDE, INMOST, NOBODY };

static const char *const names[] = { "outside", "inside", "inmost" };
static struct {
	pid_t pid;
	long last;    /* its last call */
	bool faulted; /* its call is to fail */
} all[NOBODY];
static int whose; /* whose call */
static long want; /* which; 0: it has been */
static bool want_kill;
static long count;
static bool counting; /* COMMAND has become box */
static bool started;  /* it has become another program: what it calls now is not ours */
static pid_t met[8];  /* children that we have met once */

static int who_is(pid_t pid)
{
	int who = OUTSIDE;

	while (who < NOBODY && all[who].pid != pid)
		who++;
	return who;
}

/* A child is met twice, in any order: it stops, and its parent's event names it. Is this the second time? */
static bool met_before(pid_t pid)
{
	pid_t *place = NULL;

	for (size_t i = 0; i < sizeof met / sizeof *met; i++)
		if (met[i] == pid)
			return !(met[i] = 0);
		else if (!met[i])
			place = &met[i];
	if (!place)
		errx(125, "more children at once than there is room for");
	*place = pid;
	return false;
}

static bool is_box(pid_t pid)
{
	char path[32], name[8] = "";
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/comm", pid);
	if ((file = fopen(path, "re"))) {
		if (!fgets(name, sizeof name, file))
			name[0] = '\0';
		fclose(file);
	}
	return strcmp(name, "box\n") == 0;
}

static bool counts(long call)
{
	static const long never[] = { SYS_arch_prctl, SYS_set_tid_address, SYS_close,   SYS_munmap,  SYS_exit,
				      SYS_exit_group, SYS_rt_sigreturn,    SYS_geteuid, SYS_getegid, SYS_getpid,
				      SYS_getppid,    SYS_getpgrp,         SYS_umask };

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
static void at_call(pid_t pid, int who)
{
	struct __ptrace_syscall_info info = { 0 };

	ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info);
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY) {
		if (all[who].faulted)
			set_word(pid, offsetof(struct user_regs_struct, rax), -EIO);
		all[who].faulted = false;
		return;
	}
	all[who].last = (long)info.entry.nr;
	if (who != whose || !want || started || !counts(info.entry.nr) || ++count != want)
		return;
	dprintf(3, "%ld %lld\n", want, (long long)info.entry.nr);
	want = 0;
	if (want_kill)
		kill(pid, SIGKILL);
	else
		set_word(pid, offsetof(struct user_regs_struct, orig_rax), -1), all[who].faulted = true;
}

static void let_go(pid_t pid, int signal)
{
	const int who = who_is(pid);
	const bool watched = counting && who != NOBODY && (want || all[who].faulted);

	ptrace(watched ? PTRACE_SYSCALL : PTRACE_CONT, pid, NULL, signal);
}

/* A child: is it the one that WHO's line goes on with? */
static void meet_child(pid_t pid, int who)
{
	unsigned long child = 0;

	if (ptrace(PTRACE_GETEVENTMSG, pid, NULL, &child) == -1)
		return;
	if (who < INMOST && !all[who + 1].pid && all[who].last == SYS_clone3)
		all[who + 1].pid = (pid_t)child;
	if (met_before((pid_t)child))
		let_go((pid_t)child, 0);
}

/* Let it go on, with the signal if it stopped for one. */
static void go_on(pid_t pid, int status)
{
	const int who = who_is(pid), event = status >> 16;
	int signal = WSTOPSIG(status);

	if (event == PTRACE_EVENT_STOP && who == NOBODY && !met_before(pid))
		return;
	if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_CLONE || event == PTRACE_EVENT_VFORK)
		meet_child(pid, who);
	if (event == PTRACE_EVENT_EXEC) {
		started = started || (who == whose && who != OUTSIDE);
		counting = counting || is_box(pid);
	}
	if (signal == (SIGTRAP | 0x80) && who != NOBODY)
		at_call(pid, who);
	let_go(pid, event || signal == (SIGTRAP | 0x80) ? 0 : signal);
}

int main(int argc, char *argv[])
{
	int status, who, end = -1;
	pid_t pid;

	while (argc > 4 && whose < NOBODY && strcmp(argv[1], names[whose]) != 0)
		whose++;
	if (argc < 5 || whose == NOBODY)
		errx(125, "usage: fault outside|inside|inmost N error|kill COMMAND [ARG...]");
	want = atol(argv[2]), want_kill = strcmp(argv[3], "kill") == 0;
	if ((pid = fork()) == 0) {
		close(3);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		raise(SIGSTOP);
		execvp(argv[4], argv + 4);
		err(127, "%s", argv[4]);
	}
	all[OUTSIDE].pid = pid;
	waitpid(pid, &status, WUNTRACED);
	ptrace(PTRACE_SEIZE, pid, NULL,
	       PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
		       PTRACE_O_TRACEEXEC);
	kill(pid, SIGCONT);
	/* Were we to end between a call that is to fail and its return, it would fail with ENOSYS, and behind our back. */
	while ((end == -1 || all[whose].faulted) && (pid = waitpid(-1, &status, __WALL)) > 0) {
		if (WIFSTOPPED(status)) {
			go_on(pid, status);
			continue;
		}
		who = who_is(pid);
		if (who != NOBODY)
			all[who].faulted = false;
		if (who == OUTSIDE)
			end = status;
	}
	if (want)
		dprintf(3, "%ld none\n", want);
	return WIFSIGNALED(end) ? 128 + WTERMSIG(end) : WEXITSTATUS(end);
}
