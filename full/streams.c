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
		return fail(e, "-i with -t requires a terminal as standard input; omit -t or -i");
	do	/* if the caller has closed 0, 1 or 2, none of our own files may get that number */
		nothing = open("/dev/null", O_RDWR);
	while (nothing >= 0 && nothing <= STDERR_FILENO);
	if (nothing >= 0 && (s->interactive || dup2(nothing, STDIN_FILENO) == 0))
		return 0;
	return fail_call(e, "open /dev/null as standard input", "open(\"/dev/null\")");
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

/* If stdout and stderr are the same terminal, one pipe for both keeps the output in order. With -d, nobody copies: the container
 * gets /dev/null. */
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
			return fail_call(&c->error, "keep the caller's terminal outside", "open(\"/dev/null\")");
		if (fd == STDOUT_FILENO)
			last = it;
	}
	return 0;
}

/* To open /dev/stdout is to open the pipe again, which its mode must allow. So the pipes belong to the container's root, and later
 * to its user (caps.c). */
int streams_outside(struct container *c)
{
	const uid_t root = *c->maps[0] && !c->rootless ? strtoul(c->maps[0] + 2, NULL, 10) : 0;

	for (int fd = STDIN_FILENO; root && fd <= STDERR_FILENO; fd++)
		if (c->kept[fd] >= 0)
			MAY("give the container's root the pipe", fchown(c->kept[fd], root, -1),
			    "fchown(%d, %u, -1)", c->kept[fd], root);
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

/* ---- Copy outside ---------------------------------------------------------------------------------- */

/* What was read from one side, and not yet written to the other. */
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

/* If nobody reads on the other side any more, drop the text, so that the writer does not wait. */
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

/* Wait for at most TIMEOUT ms until a flow can be read or written. A flow is read again only when all of its text is written.
 * Returns false if nothing has happened. */
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
		at[END].revents = POLLERR;	/* poll(2) would fail again */
	if (number <= 0)
		return false;
	if (at[NEW_KEYS].revents)
		(void)!epoll_wait(at[NEW_KEYS].fd, &(struct epoll_event){ 0 }, 1, 0);
	for (int i = KEYS; i < FLOWS; i++)
		if (at[i].revents)
			(flows[i].begin < flows[i].end ? write_some : read_some)(&flows[i]);
	return true;
}

/* Write all that was read, however long that takes. When 256 bytes wait to be read from a terminal, poll(2) no longer reports it as
 * writable, but write(2) still works. */
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

/* fg(1) sends no signal to a job that is running. So each line that is typed wakes us, once, and we check whether we are in the
 * foreground. epoll(7) on EPOLLET */
static int watch_keys(bool typed)
{
	int fd = typed ? epoll_create1(EPOLL_CLOEXEC) : -1;

	if (fd >= 0)
		epoll_ctl(fd, EPOLL_CTL_ADD, STDIN_FILENO, &(struct epoll_event){ .events = EPOLLIN | EPOLLET });
	return fd;
}

/* The container may close its end for a while. As long as we have that end open, too, the master then reports no hangup. */
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
