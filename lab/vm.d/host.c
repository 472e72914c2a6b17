/*
 * host - the host's side of lab/vm: starts QEMU, connects our streams to the command that runs
 * in the machine, and exits with its status. guest.c is the other side.
 *
 *   host pipe|tty COMMAND QEMU [ARG...]
 *
 * QEMU inherits the wire as descriptor 3. Its output is the machine's console; we keep the last
 * lines, to print them if the machine fails. QEMU never outlives us.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "wire.h"

enum { FAILED = 125, WIRE = 3 };

static pid_t qemu;
static int wire, console;
static bool tty, up;
static struct termios terminal;
static volatile sig_atomic_t resized;

/* The frame that we are sending, and how much of it is sent. Writing never blocks: the machine
 * may itself be blocked until we read, and both would wait forever. */
static struct frame outgoing;
static size_t sent, to_send;

/* The console's last bytes, and how many bytes it printed in all. */
static char last[4096];
static size_t length, heard;

/* End the machine and restore the terminal. Async-signal-safe: signal handlers call it. */
static void let_go(void)
{
	if (qemu > 0 && kill(qemu, SIGKILL) == 0)
		waitpid(qemu, NULL, 0);
	if (tty)
		tcsetattr(0, TCSADRAIN, &terminal);
}

static void stop(int signal)
{
	let_go();
	_exit(128 + signal);
}

static void note_size(int signal)
{
	(void)signal;
	resized = true;
}

__attribute__((noreturn)) static void fail(const char *why)
{
	const char *lines = last;

	let_go();
	/* The last twenty lines. */
	for (size_t i = length, count = 0; i > 0 && count <= 20; i--)
		if (last[i - 1] == '\n' && count++ == 20)
			lines = last + i;
	for (; lines < last + length; lines++)
		if (*lines != '\r')
			putc(*lines, stderr);
	fprintf(stderr, "\nlab/vm: %s; %s\n", why, length ? "its last lines are above" : "it printed nothing");
	exit(FAILED);
}

/* ---- The machine ------------------------------------------------------------------- */

static void start(char *argv[])
{
	int channel[2], output[2];
	pid_t self = getpid();

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) || pipe2(output, O_CLOEXEC))
		err(FAILED, "lab/vm: cannot make a channel");
	qemu = fork();
	if (qemu < 0)
		err(FAILED, "lab/vm: cannot fork");
	if (qemu == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != self)
			_exit(FAILED);
		int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
		/* A new session: the terminal's signals are for the command or for us, not for QEMU. */
		setsid();
		dup2(nothing, 0);
		dup2(output[1], 1);
		dup2(output[1], 2);
		if (channel[1] == WIRE)
			fcntl(WIRE, F_SETFD, 0);
		else
			dup2(channel[1], WIRE);
		execvp(argv[0], argv);
		err(FAILED, "%s", argv[0]);
	}
	close(channel[1]);
	close(output[1]);
	wire = channel[0];
	console = output[0];
	fcntl(wire, F_SETFL, O_NONBLOCK);
	fcntl(console, F_SETFL, O_NONBLOCK);
}

/* Elapsed time can't tell a slow boot from one that hangs. The boot hangs if the console prints
 * nothing during five minutes of the machine's own CPU time, or if the machine uses no CPU time
 * for five minutes. */
static void watch_boot(void)
{
	static time_t since, idle, used, before;
	static size_t before_heard;
	struct timespec spent = { 0 };
	clockid_t clock;

	if (clock_getcpuclockid(qemu, &clock) == 0)
		clock_gettime(clock, &spent);
	used = spent.tv_sec;
	if (used != before)
		idle = time(NULL);
	before = used;
	if (heard != before_heard || !idle) {
		before_heard = heard;
		since = used;
		idle = time(NULL);
	}
	if (used - since > 300 || time(NULL) - idle > 300)
		fail("the machine does not boot");
}

static void keep_console(void)
{
	char bytes[1024];
	ssize_t got = read(console, bytes, sizeof bytes);

	if (got == 0)
		fail("the machine ended before the command did");
	if (got < 0)
		return;
	if (length + got > sizeof last) {
		memmove(last, last + length + got - sizeof last, sizeof last - got);
		length = sizeof last - got;
	}
	memcpy(last + length, bytes, got);
	length += got;
	heard += got;
}

/* ---- The wire ------------------------------------------------------------------------ */

static void send_frame(int what, size_t size)
{
	outgoing.head = (struct head){ .size = size, .what = what };
	sent = 0;
	to_send = sizeof outgoing.head + size;
}

static void push(void)
{
	ssize_t put = write(wire, (char *)&outgoing + sent, to_send - sent);

	if (put > 0)
		sent += put;
}

static size_t put_word(size_t at, const char *word)
{
	size_t size = strlen(word) + 1;

	if (at + size > sizeof outgoing.bytes)
		errx(FAILED, "lab/vm: COMMAND is longer than %zu bytes", sizeof outgoing.bytes - 64);
	memcpy(outgoing.bytes + at, word, size);
	return at + size;
}

static size_t put_size(size_t at)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	char word[8];

	if (tty)
		ioctl(0, TIOCGWINSZ, &size);
	snprintf(word, sizeof word, "%hu", size.ws_row);
	at = put_word(at, word);
	snprintf(word, sizeof word, "%hu", size.ws_col);
	return put_word(at, word);
}

static void send_command(const char *kind, const char *command)
{
	const char *term = getenv("TERM");
	size_t at = put_size(put_word(0, kind));

	at = put_word(at, term && strlen(term) < 64 ? term : "dumb");
	send_frame(RUN, put_word(at, command));
}

/* Read stdin into a frame. Returns false at its end. */
static bool send_input(void)
{
	ssize_t got = read(0, outgoing.bytes, sizeof outgoing.bytes);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	send_frame(STDIN, got > 0 ? got : 0);
	return got > 0;
}

static void write_all(int fd, const char *bytes, size_t size)
{
	struct pollfd wait = { fd, POLLOUT, 0 };

	while (size) {
		ssize_t put = write(fd, bytes, size);
		if (put < 0 && errno == EAGAIN)
			poll(&wait, 1, -1);
		else if (put < 0 && errno != EINTR)
			stop(SIGPIPE);
		bytes += put > 0 ? put : 0;
		size -= put > 0 ? put : 0;
	}
}

static void obey(const struct frame *f)
{
	if (f->head.what == UP)
		up = true;
	else if (f->head.what == STDOUT)
		write_all(1, f->bytes, f->head.size);
	else if (f->head.what == STDERR)
		write_all(2, f->bytes, f->head.size);
	else if (f->head.what == END) {
		let_go();
		exit((unsigned char)f->bytes[0]);
	}
}

static void pull(void)
{
	static struct frame incoming;
	static size_t have;
	size_t want = sizeof incoming.head;

	if (have >= want)
		want += incoming.head.size;
	if (want > sizeof incoming)
		fail("the machine sent an invalid frame");
	ssize_t got = read(wire, (char *)&incoming + have, want - have);
	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
		wire = -1; /* QEMU is ending; keep_console() reports it */
	if (got > 0)
		have += got;
	if (have >= sizeof incoming.head && have == sizeof incoming.head + incoming.head.size) {
		obey(&incoming);
		have = 0;
	}
}

/* WAITING is the signal mask for the wait: only then does SIGWINCH arrive, so none is missed between the check and the wait. */
static void serve(const sigset_t *waiting)
{
	const struct timespec boot_check = { .tv_sec = 5 };
	bool more = true;

	for (;;) {
		bool idle = sent == to_send;
		struct pollfd wait[] = {
			{ wire, POLLIN | (idle ? 0 : POLLOUT), 0 },
			{ console, POLLIN, 0 },
			{ idle && more ? 0 : -1, POLLIN, 0 },
		};
		if (idle && resized) {
			resized = false;
			send_frame(RESIZE, put_size(0));
			continue;
		}
		if (ppoll(wait, 3, up ? NULL : &boot_check, waiting) < 0)
			continue;
		if (!up)
			watch_boot();
		if (wait[0].revents & POLLOUT)
			push();
		if (wait[0].revents & (POLLIN | POLLHUP | POLLERR))
			pull();
		if (wait[1].revents)
			keep_console();
		if (wait[2].revents)
			more = send_input();
	}
}

/* What our caller ignores stays ignored, as nohup(1) wants it. */
static void handle_unless_ignored(int number, const struct sigaction *action)
{
	struct sigaction old;

	if (sigaction(number, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
		sigaction(number, action, NULL);
}

int main(int argc, char *argv[])
{
	struct sigaction stopping = { .sa_handler = stop }, resizing = { .sa_handler = note_size };
	sigset_t blocked, before;

	if (argc < 4)
		errx(FAILED, "usage: host pipe|tty COMMAND QEMU [ARG...]");
	tty = strcmp(argv[1], "tty") == 0;
	if (tty && tcgetattr(0, &terminal))
		err(FAILED, "lab/vm: no terminal");
	handle_unless_ignored(SIGINT, &stopping);
	handle_unless_ignored(SIGTERM, &stopping);
	handle_unless_ignored(SIGHUP, &stopping);
	sigaction(SIGWINCH, &resizing, NULL);
	signal(SIGPIPE, SIG_IGN);
	start(argv + 3);
	send_command(argv[1], argv[2]);
	if (tty) {
		struct termios raw = terminal;
		cfmakeraw(&raw);
		tcsetattr(0, TCSADRAIN, &raw);
	}
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGWINCH);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	serve(&before);
}
