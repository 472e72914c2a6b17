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

/* Under --explain=pause, wait for Enter on the terminal: stdin belongs to the command. The signals that would end
 * this wait are blocked by now (hold_signals), so poll for them. */
static void pause_here(void)
{
	static const int ending[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };
	CLOSED int terminal = open("/dev/tty", O_RDONLY | O_CLOEXEC), signals = -1;
	struct pollfd at[2] = { { .fd = terminal, .events = POLLIN }, { .events = POLLIN } };
	sigset_t ends;
	char key = 0;

	sigemptyset(&ends);
	for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
		sigaddset(&ends, ending[i]);
	signals = signalfd(-1, &ends, SFD_CLOEXEC);
	at[1].fd = signals;
	while (terminal != -1 && key != '\n' && (poll(at, 2, -1) != -1 || errno == EINTR)) {
		if (at[1].revents) {	/* it stays pending, because we don't read it */
			interrupted = true;
			paused = false;
			dprintf(STDERR_FILENO, "\n");
			return;
		}
		if (at[0].revents && read(terminal, &key, 1) != 1)
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
