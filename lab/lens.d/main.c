/*
 * lens - shows the host's view of a container beside the container's own view; called by lab/lens.
 *
 * It only reads: /proc, cgroupfs, and, through a child that enters them, the container's network,
 * UTS and cgroup namespaces.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "lens.h"

static const char usage[] = "usage: lab/lens [--watch | --json] PID|ID\n"
			    "\n"
			    "  PID      a process in a container, or the program that runs the container\n"
			    "  ID       a container of box\n"
			    "  --watch  refresh every second; press q to quit\n"
			    "  --json   print one look as JSON\n";

/* Without --watch, 80 columns, or fewer if the terminal is narrower. */
static int width_of_terminal(void)
{
	struct winsize window;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == -1 || !window.ws_col || window.ws_col > 80)
		return 80;
	return window.ws_col;
}

/* Look twice: the CPU use is the difference between two readings. */
static int look_once(struct view *v, bool json, bool colour)
{
	look(v);
	if (!v->ended) {
		poll(NULL, 0, 200);
		look(v);
	}
	if (json)
		write_json(stdout, v);
	else
		write_text(stdout, v, width_of_terminal(), colour);
	if (fflush(stdout) == EOF)
		complain("cannot write: %s", strerror(errno));
	return 0;
}

static bool wants_colour(void)
{
	const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no && *no) && terminal && strcmp(terminal, "dumb") != 0;
}

int main(int argc, char *argv[])
{
	static struct view v;
	bool json = false, watching = false;
	const char *word = NULL;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0)
			return fputs(usage, stdout) == EOF;
		if (strcmp(argv[i], "--json") == 0)
			json = true;
		else if (strcmp(argv[i], "--watch") == 0)
			watching = true;
		else if (*argv[i] == '-')
			complain("unknown option %s; the options are --watch, --json and --help", argv[i]);
		else if (word)
			complain("takes one PID or ID, not both %s and %s", word, argv[i]);
		else
			word = argv[i];
	}
	if (!word)
		complain("missing argument; usage: lab/lens [--watch | --json] PID|ID");
	if (json && watching)
		complain("--json and --watch exclude each other; choose one");
	if (watching && !(isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)))
		complain("--watch needs a terminal; leave it out for a single look");
	find_process(&v, word);
	return watching ? watch(&v, wants_colour()) : look_once(&v, json, wants_colour());
}
