/*
 * serve.c - copies what you type to the container, and its output to your terminal.
 *
 *   read     poll(2), epoll(7), signalfd(2), termios(3)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "bricks/log.h"
#include "life/console.h"
#include "life/serve.h"
#include "life/signals.h"

/* What was read from one side, and not yet written to the other. */
struct flow { int from, to; short begin, end; char text[4096]; };

enum { KEYS, OUTPUT, ERRORS, FLOWS, SIGNALS = FLOWS, END, NEW_KEYS, WATCHED };

static void open_flows(struct container *c, struct flow flows[FLOWS])
{
	const bool logs = c->log >= 0;

	flows[KEYS] = (struct flow){ .from = -1, .to = c->kept[STDIN_FILENO] };
	flows[OUTPUT] = (struct flow){ .from = c->kept[STDOUT_FILENO], .to = logs ? c->log : STDOUT_FILENO };
	flows[ERRORS] = (struct flow){ .from = c->kept[STDERR_FILENO], .to = logs ? c->log : STDERR_FILENO };
	if (c->terminal >= 0)
		flows[KEYS].to = flows[OUTPUT].from = c->terminal;
}

/* Has read(2) failed for now only? In the background, there are no keys for us. termios(3) */
static bool can_read_later(const struct flow *f)
{
	if (errno == EAGAIN || errno == EINTR)
		return true;
	return f->from == STDIN_FILENO && terminal_is_behind();
}

/* If nobody reads on the other side any more, drop the text, so that the writer does not wait. */
static void read_some(struct flow *f)
{
	ssize_t length = read(f->from, f->text, sizeof f->text);

	f->begin = 0;
	f->end = length > 0 && f->to >= 0 ? length : 0;
	if (length == 0 || (length == -1 && !can_read_later(f)))
		f->from = -1;
}

static void write_some(struct flow *f)
{
	ssize_t length = write(f->to, f->text + f->begin, f->end - f->begin);

	if (length > 0) {
		f->begin += length;
	} else if (errno != EAGAIN && errno != EINTR) {
		f->begin = f->end;
		f->to = -1;
	}
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
	/* Are there keys for the container? For its terminal only with -i; for a pipe always. */
	const bool typed = !c->spec->own.detach && (c->terminal < 0 ? c->kept[STDIN_FILENO] >= 0 : c->spec->own.interactive);
	struct termios before = { 0 };
	bool raw = false;
	sigset_t all;
	CLOSED int held = c->terminal < 0 ? -1 : ioctl(c->terminal, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	CLOSED int signals = -1, new_keys = watch_keys(typed);

	(void)held;
	sigfillset(&all);
	signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	at[SIGNALS] = (struct pollfd){ .fd = signals, .events = POLLIN };
	at[NEW_KEYS] = (struct pollfd){ .fd = new_keys, .events = POLLIN };
	open_flows(c, flows);
	if (typed && c->terminal >= 0)
		raw = terminal_go_raw(&before);
	flows[KEYS].from = typed && (raw || c->terminal < 0) ? STDIN_FILENO : -1;
	while (!at[END].revents) {
		move_on(flows, at, -1);
		log_rotate(c);
		if (at[SIGNALS].revents && take_signal(c, signals) == SIGCONT && typed && c->terminal >= 0) {
			raw = terminal_go_raw(&before);
			flows[KEYS].from = raw ? STDIN_FILENO : -1;
		}
		if (flows[KEYS].to < 0)
			flows[KEYS].from = -1;
		if (flows[KEYS].from < 0 && flows[KEYS].begin == flows[KEYS].end && !c->spec->own.detach)
			close_it(&c->kept[STDIN_FILENO]);	/* Ctrl-D */
	}
	finish(flows);
	if (raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
}
