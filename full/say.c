/*
 * say.c - errors, which box prints once, and narration (--explain), which prints every call.
 *
 * A failed call becomes one line: what box could not do, the call, the kernel's error, and the remedy.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "box.h"

bool explain, paused, interrupted;
const char *side = "outside";

int fail(struct error *e, const char *format, ...)
{
	va_list values;

	e->number = 0;
	if (!e->status)
		e->status = 125;
	va_start(values, format);
	vsnprintf(e->text, sizeof e->text, format, values);
	va_end(values);
	for (char *letter = e->text; *letter; letter++)
		if (iscntrl((unsigned char)*letter))	/* keep the message on one line, whatever the arguments contain */
			*letter = '?';
	return -1;
}

int fail_call(struct error *e, const char *why, const char *format, ...)
{
	int number = errno;
	char call[1024];
	va_list values;

	va_start(values, format);
	vsnprintf(call, sizeof call, format, values);
	va_end(values);
	fail(e, "cannot %s: %s: %s", why, call, strerror(number));
	e->number = number;
	errno = number;
	return -1;
}

int wrap(struct error *e, const char *format, ...)
{
	char context[512], line[sizeof e->text];
	va_list values;

	va_start(values, format);
	vsnprintf(context, sizeof context, format, values);
	va_end(values);
	strcpy(line, e->text);
	snprintf(e->text, sizeof e->text, "%s: %.*s", context, (int)(sizeof e->text - sizeof context - 3), line);
	return -1;
}

int remedy(struct error *e, int number, const char *text)
{
	size_t length = strlen(e->text);

	if (e->number == number)
		snprintf(e->text + length, sizeof e->text - length, " (%s)", text);
	return -1;
}

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

/* Under --explain=pause, wait for Enter on the terminal: stdin belongs to the command. */
static void pause_here(void)
{
	CLOSED int terminal = open("/dev/tty", O_RDONLY | O_CLOEXEC);
	char key = 0;

	while (terminal != -1 && key != '\n') {
		if (!wait_to_read(terminal, -1)) {
			paused = false;
			dprintf(STDERR_FILENO, "\n");
			return;
		}
		if (read(terminal, &key, 1) != 1)
			return;
	}
}

/* One write for each line, because both sides may print at the same time. */
void say(const char *why, const char *format, ...)
{
	int number = errno;
	char call[4096];
	va_list values;

	va_start(values, format);
	vsnprintf(call, sizeof call, format, values);
	va_end(values);
	dprintf(STDERR_FILENO, "%-8s # %s\n         %s%s", side, why, call, paused ? "        " : "");
	if (paused)
		pause_here();
	errno = number;
}

void told(long result)
{
	int number = errno;

	if (result == -1)
		dprintf(STDERR_FILENO, " = -1 (%s)\n", strerror(number));
	else
		dprintf(STDERR_FILENO, " = %ld\n", result);
	errno = number;
}

void close_it(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void free_it(void *pointer)
{
	free(*(void **)pointer);
}

void close_listing(DIR **listing)
{
	if (*listing)
		closedir(*listing);
}

void close_stream(FILE **stream)
{
	if (*stream)
		fclose(*stream);
}
