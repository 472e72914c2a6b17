/*
 * guest - the machine's side of lab/vm: runs one command, sends its streams and its exit status.
 *
 *   guest wire                      for host.c, over a virtio-serial port
 *   guest console ROWS COLS TERM    lab/shell on the serial console (lab/vm --bundle)
 *
 * It is PID 1, or a systemd service with lab/vm --init systemd.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

#include "wire.h"

/* The copy of the toolkit in the machine. */
#define TOOLKIT "/containers-step-by-step"

static int wire;

/* Our ends of the command's streams; -1 if there is none, or it has ended. With a terminal, in equals out. */
static struct {
	int in, out, err;
	bool tty;
} stream = { -1, -1, -1, false };

/* Input that the command has not read yet. Until it has, we read no more from the wire. */
static struct frame input;
static size_t taken;

/* The disks are discarded with the machine, so there is nothing to sync. */
__attribute__((noreturn)) static void power_off(void)
{
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

/* The message goes to the console, which lab/vm prints if the machine fails. */
__attribute__((noreturn)) static void fail(const char *what)
{
	warn("lab guest: %s", what);
	power_off();
}

/* ---- The wire ---------------------------------------------------------------------- */

/* Wait until the driver has created the port, and until the host has opened its side. */
static void open_wire(void)
{
	const char *port = "/dev/vport0p1";
	struct pollfd wait = { -1, POLLIN, 0 };

	while ((wire = open(port, O_RDWR | O_CLOEXEC)) < 0)
		if (errno == ENOENT || errno == ENXIO)
			usleep(1000);
		else
			fail(port);
	wait.fd = wire;
	while (poll(&wait, 1, 0) < 0 || (wait.revents & POLLHUP))
		usleep(1000);
}

static void send_frame(struct frame *f, int what, size_t size)
{
	size_t all = sizeof f->head + size;

	f->head = (struct head){ .size = size, .what = what };
	for (size_t sent = 0; sent < all;) {
		ssize_t put = write(wire, (char *)f + sent, all - sent);
		if (put < 0 && errno != EINTR)
			fail("write to the host");
		sent += put > 0 ? put : 0;
	}
}

static void read_all(void *to, size_t size)
{
	for (size_t have = 0; have < size;) {
		ssize_t got = read(wire, (char *)to + have, size - have);
		if (got == 0 || (got < 0 && errno != EINTR))
			fail("read from the host");
		have += got > 0 ? got : 0;
	}
}

static void receive(struct frame *f)
{
	read_all(&f->head, sizeof f->head);
	if (f->head.size > sizeof f->bytes)
		fail("a frame from the host");
	read_all(f->bytes, f->head.size);
}

static struct winsize size_in(const char *words)
{
	return (struct winsize){
		.ws_row = atoi(words),
		.ws_col = atoi(words + strlen(words) + 1),
	};
}

/* ---- The command ----------------------------------------------------------------- */

static void become_command(const char *term, const char *command)
{
	char *environment[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/root",
		"USER=root",
		"LOGNAME=root",
		"SHELL=/bin/bash",
		"LANG=C.UTF-8",
		"LAB_WHERE=vm",
		NULL,
		NULL,
	};
	sigset_t none;

	if (asprintf(&environment[7], "TERM=%s", *term ? term : "dumb") < 0)
		fail("no memory for the command");
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execle("/bin/bash", "bash", "-c", command, NULL, environment);
	fail("/bin/bash");
}

/* One pipe for each stream, so that stdout and stderr stay separate. */
static pid_t start_on_pipes(const char *term, const char *command)
{
	int in[2], out[2], error[2];

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(error, O_CLOEXEC))
		fail("pipe");
	pid_t child = fork();
	if (child == 0) {
		setsid();
		if (dup2(in[0], 0) < 0 || dup2(out[1], 1) < 0 || dup2(error[1], 2) < 0)
			fail("dup2");
		become_command(term, command);
	}
	close(in[0]);
	close(out[1]);
	close(error[1]);
	stream.in = in[1];
	stream.out = out[0];
	stream.err = error[0];
	return child;
}

static pid_t start_on_pty(const char *term, const char *command, struct winsize size)
{
	int terminal;
	pid_t child = forkpty(&terminal, NULL, NULL, &size);

	if (child == 0)
		become_command(term, command);
	fcntl(terminal, F_SETFD, FD_CLOEXEC);
	stream.in = stream.out = terminal;
	stream.tty = true;
	return child;
}

static pid_t start(struct frame *order)
{
	char *kind = order->bytes, *size = kind + strlen(kind) + 1;
	char *term = size, *command;

	for (int word = 0; word < 2; word++)
		term += strlen(term) + 1;
	command = term + strlen(term) + 1;
	pid_t child = strcmp(kind, "tty") == 0 ? start_on_pty(term, command, size_in(size)) :
						 start_on_pipes(term, command);
	if (child < 0)
		fail("fork");
	for (int *fd = (int[]){ stream.in, stream.out, stream.err, -1 }; *fd >= 0; fd++)
		fcntl(*fd, F_SETFL, fcntl(*fd, F_GETFL) | O_NONBLOCK);
	return child;
}

/* ---- Its streams ------------------------------------------------------------------ */

static void end_input(void)
{
	if (stream.in >= 0 && !stream.tty)
		close(stream.in);
	stream.in = -1;
	taken = input.head.size;
}

static void obey(void)
{
	struct winsize size;

	receive(&input);
	taken = 0;
	if (input.head.what == RESIZE) {
		size = size_in(input.bytes);
		ioctl(stream.out, TIOCSWINSZ, &size);
		taken = input.head.size;
	} else if (input.head.size == 0 || stream.in < 0) {
		end_input();
	}
}

static void feed(void)
{
	ssize_t put = write(stream.in, input.bytes + taken, input.head.size - taken);

	if (put > 0)
		taken += put;
	else if (errno != EAGAIN && errno != EINTR)
		end_input();
}

/* Send what a stream has to the host. Returns true if it had anything. */
static bool pass_on(int *from, int what)
{
	static struct frame output;
	ssize_t got = *from < 0 ? 0 : read(*from, output.bytes, sizeof output.bytes);

	if (got > 0)
		send_frame(&output, what, got);
	else if (got == 0 || (errno != EAGAIN && errno != EINTR))
		*from = -1;
	return got > 0;
}

/* Reap all processes that have ended, because PID 1 adopts every orphan. Returns true if the command was one of them. */
static bool ended(pid_t command, int *status)
{
	bool over = false;
	int how;

	for (pid_t pid; (pid = waitpid(-1, &how, WNOHANG)) > 0;)
		if (pid == command) {
			over = true;
			*status = WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
		}
	return over;
}

/* Carry the streams until the command ends; return its status. */
static int serve(pid_t command, int child_signals)
{
	struct signalfd_siginfo noted;
	int status;

	for (;;) {
		bool fed = taken == input.head.size;
		struct pollfd wait[] = {
			{ stream.out, POLLIN, 0 },
			{ stream.err, POLLIN, 0 },
			{ fed ? wire : stream.in, fed ? POLLIN : POLLOUT, 0 },
			{ child_signals, POLLIN, 0 },
		};
		if (poll(wait, 4, -1) < 0)
			continue;
		if (wait[0].revents)
			pass_on(&stream.out, STDOUT);
		if (wait[1].revents)
			pass_on(&stream.err, STDERR);
		if (wait[2].revents)
			fed ? obey() : feed();
		if (wait[3].revents && read(child_signals, &noted, sizeof noted) > 0 && ended(command, &status))
			return status;
	}
}

static void run_on_wire(int child_signals)
{
	static struct frame f;

	open_wire();
	send_frame(&f, UP, 0);
	receive(&f);
	int status = serve(start(&f), child_signals);
	while (pass_on(&stream.out, STDOUT) || pass_on(&stream.err, STDERR))
		;
	f.bytes[0] = status;
	send_frame(&f, END, 1);
	for (;;)
		pause(); /* the host ends the machine */
}

/* Open the device behind /dev/console, which can't be a controlling terminal itself. Its name depends on the architecture. */
static int open_console(void)
{
	char name[64] = "", path[80];
	FILE *active = fopen("/sys/class/tty/console/active", "re");

	if (!active || fscanf(active, "%63s", name) != 1)
		fail("/sys/class/tty/console/active");
	fclose(active);
	snprintf(path, sizeof path, "/dev/%s", name);
	return open(path, O_RDWR);
}

static void run_on_console(char *rows, char *columns, const char *term, int child_signals)
{
	struct winsize size = { .ws_row = atoi(rows), .ws_col = atoi(columns) };
	struct signalfd_siginfo noted;
	int status;
	pid_t command = fork();

	if (command < 0)
		fail("fork");
	if (command == 0) {
		setsid();
		int terminal = open_console();
		if (terminal < 0 || login_tty(terminal))
			fail("the console");
		ioctl(0, TIOCSWINSZ, &size);
		become_command(term, "[ ! -x lab/shell ] || exec lab/shell; exec bash");
	}
	while (read(child_signals, &noted, sizeof noted) < 0 || !ended(command, &status))
		;
}

int main(int argc, char *argv[])
{
	sigset_t handled;

	/* Read SIGCHLD from a descriptor. Block SIGPIPE, so that write(2) fails with EPIPE instead. */
	sigemptyset(&handled);
	sigaddset(&handled, SIGPIPE);
	sigaddset(&handled, SIGCHLD);
	sigprocmask(SIG_BLOCK, &handled, NULL);
	sigdelset(&handled, SIGPIPE);
	int child_signals = signalfd(-1, &handled, SFD_CLOEXEC);
	if (child_signals < 0 || chdir(TOOLKIT))
		fail(TOOLKIT);

	if (argc == 5 && strcmp(argv[1], "console") == 0)
		run_on_console(argv[2], argv[3], argv[4], child_signals);
	else
		run_on_wire(child_signals);
	power_off();
}
