/*
 * wait.c - waits that end box when a signal comes, so that it can remove what it has created.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/wait.h"

bool interrupted;

/* The signals that end box. A blocked signal becomes pending even if our caller ignores it, so leave those out. signal(7) */
static sigset_t ending_signals(void)
{
	static const int all[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };
	sigset_t ending;

	sigemptyset(&ending);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (!is_ignored(all[i]))
			sigaddset(&ending, all[i]);
	return ending;
}

bool is_ignored(int number)
{
	struct sigaction now;

	return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

/* We don't read the signal, so it stays pending, and ends the next wait, too. */
bool wait_to_read(int fd, int timeout)
{
	const sigset_t ending = ending_signals();
	CLOSED int signals = signalfd(-1, &ending, SFD_CLOEXEC);
	struct pollfd at[2] = { { .fd = fd, .events = POLLIN }, { .fd = signals, .events = POLLIN } };

	while (poll(at, 2, timeout) == -1 && errno == EINTR)
		;
	if (!at[0].revents && at[1].revents)
		interrupted = true;
	return at[0].revents || !at[1].revents;
}

bool has_ended(int pidfd)
{
	return poll(&(struct pollfd){ .fd = pidfd, .events = POLLIN }, 1, 0) == 1;
}

int check_interrupt(struct error *e)
{
	return interrupted ? fail(e, "ended by a signal before the command started") : 0;
}

int check_signals(struct error *e)
{
	return wait_to_read(-1, 0) ? 0 : check_interrupt(e);
}

/* Wait for the lock until a signal comes that ends box. A child waits for it: the lock belongs to the open file, which the child
 * shares with us. flock(2) */
static int wait_for_lock(int fd)
{
	CLOSED int waiter = -1;
	const pid_t pid = fork();
	int status;

	if (pid == -1)
		return -1;
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(flock(fd, LOCK_EX) == -1);
	}
	waiter = syscall(SYS_pidfd_open, pid, 0);
	if (waiter >= 0 && !wait_to_read(waiter, -1))
		kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) == pid && status == 0)
		return 0;
	errno = EINTR;
	return -1;
}

int lock_file(int fd, int how)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	return how & LOCK_NB || errno != EWOULDBLOCK ? -1 : wait_for_lock(fd);
}
