/*
 * say.c - narration (--explain), which prints every call.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/say.h"
#include "base/wait.h"

bool explain, paused;
const char *side = "outside";

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
