/*
 * streams.c - stdin, stdout and stderr: a terminal of our caller's stays outside.
 *
 * Whoever holds a descriptor of a terminal can read what is typed there, and may be able to type himself: TIOCSTI and
 * TIOCLINUX put characters before the next reader, which is the caller's shell, as root. So without -t a
 * container leads a session of its own, where /dev/tty leads nowhere, and in a terminal's place it gets a pipe. We
 * stay in the terminal's session, copy, and pass on what its keys mean: Ctrl-C, Ctrl-Z, a hangup. Anything that is
 * not a terminal goes in as it is.
 *
 *   see      box run -i ROOTFS sh -c 'ls -l /proc/self/fd; echo >/dev/tty'
 *   read     ioctl_tty(2) on TIOCSTI and TIOCLINUX, setsid(2), credentials(7); CVE-2017-5226, CVE-2019-10063
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bricks.h"

int choose_stdin(const struct spec *s, struct error *e)
{
	CLOSED int nothing;

	if (s->interactive && s->tty && !s->detach && !isatty(STDIN_FILENO))
		return fail(e, "-t wants a terminal to type on, and stdin is none: leave -t out, or -i");
	do	/* who calls us without 0, 1 or 2 is not to find something else of ours there */
		nothing = open("/dev/null", O_RDWR);
	while (nothing >= 0 && nothing <= STDERR_FILENO);
	if (nothing >= 0 && (s->interactive || dup2(nothing, STDIN_FILENO) == 0))
		return 0;
	return fail_call(e, "have no stdin", "open(\"/dev/null\")");
}

/* ---- What the container is given ------------------------------------------------------------------- */

/* A device that says anything but "I am no terminal": one that was hung up is a terminal still, for who opens it anew. */
static bool is_terminal(int fd, struct stat *it)
{
	return fstat(fd, it) == 0 && S_ISCHR(it->st_mode) && (isatty(fd) || errno != ENOTTY);
}

static int make_pipe(struct container *c, int fd)
{
	const int given = fd == STDIN_FILENO ? 0 : 1;	/* the end that it reads, or writes */
	int ends[2] = { -1, -1 };

	if (SHOW(&c->error, "keep our terminal to ourselves: it gets a pipe", pipe2(ends, O_CLOEXEC), "pipe2() for %d", fd) == -1)
		return -1;
	c->given[fd] = ends[given];
	c->kept[fd] = ends[!given];
	return 0;
}

/* One pipe for stdout and stderr on one terminal keeps the order of what is said. In the background nobody copies. */
int streams_before(struct container *c)
{
	struct stat it, last = { 0 };

	if (c->spec->tty && with(c, "terminal"))
		return 0;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (!is_terminal(fd, &it))
			continue;
		if (c->spec->detach)
			c->given[fd] = open("/dev/null", O_RDWR | O_CLOEXEC);
		else if (fd == STDERR_FILENO && last.st_rdev == it.st_rdev)
			c->given[fd] = fcntl(c->given[STDOUT_FILENO], F_DUPFD_CLOEXEC, 3);
		else if (make_pipe(c, fd) == -1)
			return -1;
		if (c->given[fd] == -1)
			return fail_call(&c->error, "keep our terminal to ourselves", "open(\"/dev/null\")");
		if (fd == STDOUT_FILENO)
			last = it;
	}
	return 0;
}

/* By a path it is opened again: /dev/stdout. So the pipes are its root's, and its user's later (caps.c). */
int streams_outside(struct container *c)
{
	const uid_t root = *c->maps[0] && !c->rootless ? strtoul(c->maps[0] + 2, NULL, 10) : 0;

	for (int fd = STDIN_FILENO; root && fd <= STDERR_FILENO; fd++)
		if (c->kept[fd] >= 0)
			MAY("give its root the pipe", fchown(c->kept[fd], root, -1), "fchown(%d, %u, -1)", c->kept[fd], root);
	return 0;
}

int streams_inside(struct container *c)
{
	MAY("lead a session, which has no terminal yet", setsid(), "setsid()");
	paused = false;	/* nor has the reader one from here on, to type Enter */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (c->given[fd] >= 0 && dup2(c->given[fd], fd) == -1)
			return fail_call(&c->error, "have a pipe in place of our caller's terminal", "dup2(%d, %d)", c->given[fd], fd);
	return 0;
}

/* ---- Copied outside -------------------------------------------------------------------------------- */

/* What was read on one side and not yet written on the other. */
struct flow { int from, to; short begin, end; char text[4096]; };

enum { KEYS, OUTPUT, ERRORS, FLOWS, SIGNALS = FLOWS, END, NEW_KEYS, WATCHED };

static void open_flows(struct container *c, struct flow flows[FLOWS])
{
	for (int i = KEYS; i < FLOWS; i++)
		flows[i] = (struct flow){ .from = i == KEYS ? -1 : c->kept[i], .to = i == KEYS ? c->kept[i] : i };
	if (c->terminal < 0)
		return;
	flows[KEYS].to = flows[OUTPUT].from = c->terminal;
	flows[OUTPUT].to = c->log >= 0 ? c->log : STDOUT_FILENO;
}

/* What nobody wants is dropped: the other side is not to wait for that. */
static void read_some(struct flow *f)
{
	ssize_t length = read(f->from, f->text, sizeof f->text);

	f->begin = 0;
	f->end = length > 0 && f->to >= 0 ? length : 0;
	if (length == 0 || (length == -1 && errno != EAGAIN && errno != EINTR && !(f->from == STDIN_FILENO && terminal_is_behind())))
		f->from = -1;
}

static void write_some(struct flow *f)
{
	ssize_t length = write(f->to, f->text + f->begin, f->end - f->begin);

	if (length > 0)
		f->begin += length;
	else if (errno != EAGAIN && errno != EINTR)
		f->begin = f->end, f->to = -1;
}

/* Wait for at most TIMEOUT ms until something can be done. Nothing is read as long as what was read before is not
 * written. Returns false if nothing has happened. */
static bool move_on(struct flow flows[FLOWS], struct pollfd at[WATCHED], int timeout)
{
	int number;

	for (int i = KEYS; i < FLOWS; i++) {
		const struct flow *f = &flows[i];
		const bool full = f->begin < f->end;

		at[i] = (struct pollfd){ .fd = full ? f->to : f->from, .events = full ? POLLOUT : POLLIN };
	}
	if (at[KEYS].fd == STDIN_FILENO && terminal_is_behind())
		at[KEYS].fd = -1;
	number = poll(at, WATCHED, timeout);
	if (number == -1 && errno != EINTR)
		at[END].revents = POLLERR;	/* it will not do better the next time */
	if (number <= 0)
		return false;
	if (at[NEW_KEYS].revents)
		(void)!epoll_wait(at[NEW_KEYS].fd, &(struct epoll_event){ 0 }, 1, 0);
	for (int i = KEYS; i < FLOWS; i++)
		if (at[i].revents)
			(flows[i].begin < flows[i].end ? write_some : read_some)(&flows[i]);
	return true;
}

/* What was read is written, however long that takes: a terminal with 256 bytes that nobody has read yet takes more, but
 * poll(2) does not say so. */
static void finish(struct flow flows[FLOWS])
{
	struct pollfd at[WATCHED] = { [SIGNALS] = { .fd = -1 }, [END] = { .fd = -1 }, [NEW_KEYS] = { .fd = -1 } };

	flows[KEYS] = (struct flow){ .from = -1, .to = -1 };
	do
		for (int i = KEYS; i < FLOWS; i++)
			while (flows[i].begin < flows[i].end)
				write_some(&flows[i]);
	while (move_on(flows, at, 0));
}

void streams_catch_up(struct container *c)
{
	struct flow flows[FLOWS];

	if (!streams_served(c))
		return;
	open_flows(c, flows);
	finish(flows);
}

bool streams_served(const struct container *c)
{
	return c->terminal >= 0 || c->kept[STDIN_FILENO] >= 0 || c->kept[STDOUT_FILENO] >= 0 || c->kept[STDERR_FILENO] >= 0;
}

/* Returns the signal, or 0. */
static int take_signal(struct container *c, int signals)
{
	struct signalfd_siginfo info;

	if (read(signals, &info, sizeof info) != sizeof info)
		return 0;
	if (c->terminal >= 0 && (info.ssi_signo == SIGWINCH || info.ssi_signo == SIGCONT))
		terminal_resize(c);
	if (c->terminal < 0 || info.ssi_signo != SIGWINCH)
		pass_on(c, info.ssi_signo, info.ssi_code);
	return info.ssi_signo;
}

/* A shell does not tell a job that it is in the foreground again (fg of one that runs). So what is typed wakes us, each
 * line once, and we see whose it is. epoll(7) on EPOLLET */
static int watch_keys(bool typed)
{
	int fd = typed ? epoll_create1(EPOLL_CLOEXEC) : -1;

	if (fd >= 0)
		epoll_ctl(fd, EPOLL_CTL_ADD, STDIN_FILENO, &(struct epoll_event){ .events = EPOLLIN | EPOLLET });
	return fd;
}

/* As long as we have the other end open, too, the master reports no hangup when the container closes it for a while. */
void streams_serve(struct container *c)
{
	struct flow flows[FLOWS];
	struct pollfd at[WATCHED] = { [END] = { .fd = c->pidfd, .events = POLLIN } };
	const bool typed = c->terminal < 0 ? c->kept[STDIN_FILENO] >= 0 : c->spec->interactive && !c->spec->detach;
	struct termios before = { 0 };
	bool raw = false;
	sigset_t all;
	CLOSED int held = c->terminal < 0 ? -1 : ioctl(c->terminal, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC), signals = -1, new_keys = watch_keys(typed);

	(void)held;
	sigfillset(&all);
	signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	at[SIGNALS] = (struct pollfd){ .fd = signals, .events = POLLIN };
	at[NEW_KEYS] = (struct pollfd){ .fd = new_keys, .events = POLLIN };
	open_flows(c, flows);
	flows[KEYS].from = typed && (c->terminal < 0 || (raw = terminal_go_raw(&before))) ? STDIN_FILENO : -1;
	while (!at[END].revents) {
		move_on(flows, at, -1);
		if (at[SIGNALS].revents && take_signal(c, signals) == SIGCONT && typed && c->terminal >= 0) {
			raw = terminal_go_raw(&before);
			flows[KEYS].from = raw ? STDIN_FILENO : -1;
		}
		if (flows[KEYS].to < 0)
			flows[KEYS].from = -1;
		if (flows[KEYS].from < 0 && flows[KEYS].begin == flows[KEYS].end)
			close_it(&c->kept[STDIN_FILENO]);	/* Ctrl-D */
	}
	finish(flows);
	if (raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
}
