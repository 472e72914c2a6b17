/*
 * run.c - the whole life of a container: create, start, wait, delete. With -d, a process in the background does this.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/say.h"
#include "bricks/brick.h"
#include "life/container.h"
#include "life/store.h"

/* The one message from the background to the foreground: the ID of a container that runs, or an error. */
struct news { char id[NAME_MAX + 1]; struct error error; };

/* From now on, the background is on its own. If it can't report the ID, it fails: nobody would know of the container. */
static int settle(struct container *c, int foreground)
{
	CLOSED int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct news news = { 0 };

	strcpy(news.id, c->id);
	prctl(PR_SET_PDEATHSIG, 0);
	if (send(foreground, &news, sizeof news, MSG_NOSIGNAL) == -1 || shutdown(foreground, SHUT_RDWR) == -1)
		return fail_call(&c->error, "report the container's ID to the foreground", "send(%d)", foreground);
	explain = false;
	dup2(nothing, STDIN_FILENO);
	dup2(nothing, STDOUT_FILENO);
	dup2(c->log >= 0 ? c->log : nothing, STDERR_FILENO);	/* box logs then shows "killed by the kernel" */
	return 0;
}

/* The whole life of a container; with -d its record stays. FOREGROUND: a socket to the process that waits for the ID, or -1. */
static int live(const struct spec *s, int foreground, struct error *e)
{
	struct container c;
	int status = -1;

	if (container_create(&c, s) == 0 && container_start(&c) == 0 && (foreground == -1 || settle(&c, foreground) == 0))
		status = container_wait(&c);
	if (status >= 0 && s->own.detach && !s->own.remove) {
		wall_undo(&c);
		if (record_end(&c, status) == 0)
			return status;
	}
	*e = c.error;
	container_delete(&c);
	return status;
}

/* The background has a session of its own, so that it does not end with the terminal. It keeps no directory of the caller busy, and
 * no file of the caller open or locked. Until the container runs, it ends with the foreground: nobody would know of the container. */
static void __attribute__((noreturn)) stay(const struct spec *s, int foreground)
{
	struct news news = { 0 };
	struct pollfd caller;

	dup2(foreground, STDERR_FILENO + 1);
	foreground = STDERR_FILENO + 1;
	fcntl(foreground, F_SETFD, FD_CLOEXEC);
	syscall(SYS_close_range, foreground + 1, ~0u, 0);
	caller = (struct pollfd){ .fd = foreground };
	(void)!chdir("/");
	setsid();
	signal(SIGTERM, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (poll(&caller, 1, 0) == 1)	/* it ended before the prctl, so no signal will come */
		_exit(125);
	if (live(s, foreground, &news.error) == -1)
		send(foreground, &news, sizeof news, MSG_NOSIGNAL);
	_exit(0);
}

/* -d: print the container's ID when it runs. */
static int detach(const struct spec *s, struct error *e)
{
	struct news news;
	CLOSED int background = -1;
	int ends[2];
	pid_t pid;

	if (DO(e, "create a socket for the report of the background process",
	       socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) == -1)
		return -1;
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		stay(s, ends[1]);
	}
	close(ends[1]);
	background = ends[0];
	if (pid == -1)
		return fail_call(e, "continue in the background", "fork()");
	if (recv(background, &news, sizeof news, 0) != sizeof news)
		return fail(e, "the background process was killed before the container had started");
	if (news.error.status) {
		*e = news.error;
		return -1;
	}
	puts(news.id);
	return 0;
}

int container_run(const struct spec *s, struct error *e)
{
	return s->own.detach ? detach(s, e) : live(s, -1, e);
}
