/*
 * streams.c - stdin, stdout and stderr: the caller's terminal stays outside.
 *
 * A process with a descriptor of a terminal can read what is typed there, and may be able to type itself: TIOCSTI and
 * TIOCLINUX insert characters into the terminal's input, where the caller's shell reads them, perhaps as root. So without -t, a
 * container leads a session without a terminal, in which /dev/tty can't be opened, and it gets a pipe instead of each
 * descriptor of a terminal. We stay in the terminal's session, copy between the terminal and the pipes, and forward the
 * signals of Ctrl-C, Ctrl-Z and a hangup. A descriptor of anything else is passed to the container as it is.
 *
 *   see      box run -i ROOTFS sh -c 'ls -l /proc/self/fd; echo >/dev/tty'
 *   read     ioctl_tty(2) on TIOCSTI and TIOCLINUX, setsid(2), credentials(7); CVE-2017-5226, CVE-2019-10063
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bricks/brick.h"
#include "bricks/log.h"
#include "bricks/streams.h"
#include "bricks/user.h"

int choose_stdin(const struct spec *s, struct error *e)
{
	CLOSED int nothing = -1;

	if (s->own.interactive && s->process.terminal && !s->own.detach && !s->engine.owns && !isatty(STDIN_FILENO))
		return fail(e, "-i with -t requires a terminal as standard input; omit -t or -i");
	do	/* if the caller has closed 0, 1 or 2, none of our own files may get that number */
		nothing = open("/dev/null", O_RDWR);
	while (nothing >= 0 && nothing <= STDERR_FILENO);
	if (nothing == -1)
		return fail_call(e, "open /dev/null as standard input", "open(\"/dev/null\")");
	if (!s->own.interactive)
		dup2(nothing, STDIN_FILENO);
	return 0;
}

/* ---- What the container gets ------------------------------------------------------------------------ */

/* Only ENOTTY means "not a terminal". After a hangup, isatty(3) fails with EIO, but a process can open the terminal again. */
static bool is_terminal(int fd, struct stat *it)
{
	return fstat(fd, it) == 0 && S_ISCHR(it->st_mode) && (isatty(fd) || errno != ENOTTY);
}

static int make_pipe(struct container *c, int fd)
{
	const int given = fd == STDIN_FILENO ? 0 : 1;	/* the end that the container reads from, or writes to */
	int ends[2] = { -1, -1 };

	if (SHOW(&c->error, "keep the caller's terminal outside: the container gets a pipe", pipe2(ends, O_CLOEXEC),
		 "pipe2() for %d", fd) == -1)
		return -1;
	c->given[fd] = ends[given];
	c->kept[fd] = ends[!given];
	return 0;
}

/* What the container gets instead of FD: nothing to read, and nobody to read what it writes. */
static int give_nothing(struct container *c, int fd)
{
	c->given[fd] = open("/dev/null", O_RDWR | O_CLOEXEC);
	return c->given[fd] != -1 ? 0 : fail_call(&c->error, "keep the caller's terminal outside", "open(\"/dev/null\")");
}

/* One pipe for stdout and stderr keeps the output in order. */
static int share_pipe(struct container *c)
{
	c->given[STDERR_FILENO] = fcntl(c->given[STDOUT_FILENO], F_DUPFD_CLOEXEC, 3);
	return c->given[STDERR_FILENO] != -1 ? 0 : fail_call(&c->error, "use the pipe for stderr, too", "fcntl(F_DUPFD_CLOEXEC)");
}

/* With -d, the output goes to the log; that of box exec -d goes nowhere. Other descriptors of terminals become pipes: one, if stdout and
 * stderr are the same terminal. */
int streams_before(struct container *c)
{
	const bool logged = c->spec->own.detach && !c->joins;
	struct stat it, last = { 0 };

	if (c->spec->engine.owns)	/* what the container gets is the engine's to choose */
		return 0;
	if (logged && log_open(c) == -1)
		return -1;
	if (c->spec->process.terminal && with(c->spec, "terminal"))
		return 0;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		const bool input = fd == STDIN_FILENO, terminal = is_terminal(fd, &it);
		const bool same = fd == STDERR_FILENO && (logged || last.st_rdev == it.st_rdev);
		int result = 0;

		if (input && logged && c->spec->own.interactive)
			result = make_pipe(c, fd);	/* nobody writes to it, and it has no end */
		else if (c->spec->own.detach && (input ? terminal : !logged))
			result = give_nothing(c, fd);
		else if (terminal || (logged && !input))
			result = same ? share_pipe(c) : make_pipe(c, fd);
		if (result == -1)
			return -1;
		if (terminal && fd == STDOUT_FILENO)
			last = it;
	}
	return 0;
}

/* To open /dev/stdout is to open the pipe again, which its mode must allow. So the pipes belong to the container's root, and later
 * to its user (caps.c). */
int streams_outside(struct container *c)
{
	const unsigned root = c->rootless ? 0 : c->maps[USERS][0].outside, group = c->maps[GROUPS][0].outside;

	for (int fd = STDIN_FILENO; root && fd <= STDERR_FILENO; fd++) {
		int pipe = c->kept[fd];

		if (pipe == -1 && !c->spec->own.detach)
			pipe = fd;
		if (is_on(pipe, PIPEFS_MAGIC))
			MAY("give the container's root the pipe", fchown(pipe, root, group), "fchown(%d, %u, %u)", pipe, root, group);
	}
	return 0;
}

int streams_inside(struct container *c)
{
	MAY("lead a session, which has no terminal yet", setsid(), "setsid()");
	paused = false;	/* without a terminal, there is no Enter to wait for */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (c->given[fd] >= 0 && dup2(c->given[fd], fd) == -1)
			return fail_call(&c->error, "replace the caller's terminal with a pipe", "dup2(%d, %d)", c->given[fd], fd);
	return 0;
}
