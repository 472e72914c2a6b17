/*
 * watch.c - refresh the table every second, without flicker: each picture is one write(2), which paints over
 * the last picture, and clears only what remains of it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>
#include "lens.h"

/* Switch to the alternate screen, hide the cursor, cut long lines; and back. */
#define ENTER "\033[?1049h\033[?25l\033[?7l\033[H\033[2J"
#define LEAVE "\033[?7h\033[?25h\033[?1049l"

static struct termios before;
static int first; /* the first visible line, for scrolling */

static void put(const char *text, size_t length)
{
	while (length > 0) {
		ssize_t wrote = write(STDOUT_FILENO, text, length);

		if (wrote == -1 && errno != EINTR)
			return;
		text += wrote > 0 ? wrote : 0;
		length -= wrote > 0 ? wrote : 0;
	}
}

static void take_terminal(void)
{
	struct termios raw = before;

	raw.c_lflag &= ~(ICANON | ECHO);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
	put(ENTER, strlen(ENTER));
}

static void give_terminal_back(void)
{
	put(LEAVE, strlen(LEAVE));
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
}

/* Open a stream that writes to *TEXT. The caller closes the stream, and then frees *TEXT. */
static FILE *write_into(char **text, size_t *size)
{
	FILE *to = open_memstream(text, size);

	if (!to)
		complain("cannot draw: %s", strerror(errno));
	return to;
}

static void paint(const struct view *v, bool colour)
{
	struct winsize window = { 0 };
	char *text, *screen, *rest;
	size_t size, lines = 0, shown = 0;
	FILE *to = write_into(&text, &size);

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &window);
	if (!window.ws_row || !window.ws_col) /* the terminal doesn't know its size */
		window = (struct winsize){ .ws_row = 24, .ws_col = 80 };
	write_text(to, v, window.ws_col, colour);
	fclose(to);
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	size_t room = window.ws_row > 1 ? window.ws_row - 1u : 1;
	first = lines <= room ? 0 : first > (int)(lines - room) ? (int)(lines - room) : first < 0 ? 0 : first;

	to = write_into(&screen, &size);
	fputs("\033[H", to);
	rest = text;
	for (int skip = first; skip > 0; skip--)
		strsep(&rest, "\n");
	for (char *line; shown < room && (line = strsep(&rest, "\n")) && rest; shown++)
		fprintf(to, "%s\033[K\r\n", line);
	fprintf(to, "\033[J%sq quits%s", v->ended ? "it has ended; " : "", lines > room ? "; j and k scroll" : "");
	fclose(to);
	put(screen, size);
	free(text);
	free(screen);
}

/* Read a key. False if it means quit. The arrow keys' sequences end in A and B. */
static bool obey_key(void)
{
	char key;

	if (read(STDIN_FILENO, &key, 1) != 1 || key == 'q')
		return false;
	first += key == 'j' || key == 'B' ? 1 : key == 'k' || key == 'A' ? -1 : key == ' ' ? 10 : 0;
	return true;
}

/* Returns the signal that ends the program, or 0. */
static int obey_signal(int signals)
{
	struct signalfd_siginfo one;

	if (read(signals, &one, sizeof one) != sizeof one)
		return 0;
	if (one.ssi_signo == SIGTSTP) {
		give_terminal_back();
		kill(getpid(), SIGSTOP);
		take_terminal();
	}
	return one.ssi_signo == SIGINT || one.ssi_signo == SIGTERM || one.ssi_signo == SIGHUP ? one.ssi_signo : 0;
}

static int watch_signals(void)
{
	static const int signals[] = { SIGWINCH, SIGTSTP, SIGCONT, SIGINT, SIGTERM, SIGHUP };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

/* The exit status is 0 after q or Ctrl-C. */
int watch(struct view *v, bool colour)
{
	enum { KEYS, SIGNALS, END };
	struct pollfd events[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = watch_signals(), .events = POLLIN },
		{ .fd = syscall(SYS_pidfd_open, v->host.pid, 0), .events = POLLIN },
	};
	int by = 0;

	tcgetattr(STDIN_FILENO, &before);
	take_terminal();
	for (bool stay = true, again = true; stay;) {
		if (again && !v->ended)
			look(v);
		if (v->ended)
			events[END].fd = -1;
		paint(v, colour);
		again = poll(events, 3, v->ended ? -1 : 1000) == 0 || events[END].revents;
		if (events[KEYS].revents)
			stay = obey_key();
		if (events[SIGNALS].revents)
			stay = !(by = obey_signal(events[SIGNALS].fd)) && stay;
	}
	give_terminal_back();
	return by == SIGTERM || by == SIGHUP ? 128 + by : 0;
}
