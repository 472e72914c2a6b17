/*
 * lens - shows the host's view of a container beside the container's own view; called by lab/lens.
 *
 * It only reads: /proc, cgroupfs, and, through a child that enters them, the container's network,
 * UTS and cgroup namespaces.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "lens.h"

static const char usage[] = "usage: lab/lens [--watch | --json] PID|ID\n"
			    "\n"
			    "  PID      a process in a container, or the program that runs the container\n"
			    "  ID       a container of box\n"
			    "  --watch  refresh every second; press q to quit\n"
			    "  --json   print one look as JSON\n";

void complain(const char *format, ...)
{
	va_list values;

	fputs("lab/lens: ", stderr);
	va_start(values, format);
	vfprintf(stderr, format, values);
	va_end(values);
	fputc('\n', stderr);
	exit(1);
}

FILE *open_file(int directory, const char *path)
{
	int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);

	return fd == -1 ? NULL : fdopen(fd, "r");
}

/* Read a small file, without its last newline. If it can't be read, return false and store "". */
bool read_file(int directory, const char *path, char *text, size_t size)
{
	int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd == -1 ? -1 : read(fd, text, size - 1);

	if (fd != -1)
		close(fd);
	text[length > 0 ? length : 0] = '\0';
	if (length > 0 && text[length - 1] == '\n')
		text[length - 1] = '\0';
	return length >= 0;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Convert CPU time into CPUs: divide it by the time since the last look. */
static void read_rates(struct view *v, const struct view *before)
{
	struct side *now[] = { &v->host, &v->container };
	const struct side *then[] = { &before->host, &before->container };

	for (int i = 0; i < 2; i++) {
		double spent = now[i]->cpu_time - then[i]->cpu_time;

		now[i]->meters[CPU].use = now[i]->cpu_time == -1 ? -1 :
					  before->when && v->when > before->when ?
								   fmax(0, spent / (v->when - before->when)) :
								   0;
	}
}

/* Look at the process, and store the result in v. If the process has ended, v keeps the last result. */
void look(struct view *v)
{
	static struct view *next; /* shared with the child that looks from inside */
	int self = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (!next)
		next = mmap(NULL, sizeof *next, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (next == MAP_FAILED || self == -1)
		complain("cannot look: %s (is /proc mounted?)", strerror(errno));
	*next = *v;
	next->when = now();
	read_processes(next);
	read_namespaces(&next->host, self);
	read_namespaces(&next->container, next->proc);
	read_users(next);
	read_mounts(&next->host, self);
	read_mounts(&next->container, next->proc);
	read_machine(&next->host);
	read_limits(next);
	read_from_inside(next);
	find_peers(next);
	read_rates(next, v);
	close(self);
	next->ended = has_ended(next);
	if (next->ended)
		v->ended = true;
	else
		*v = *next;
}

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
