/*
 * stats.c - box stats: how much of their limits containers use, as bars; live on a terminal, else once.
 *
 * The kernel counts; box only reads the files of the container's cgroup.
 *
 *   see      box stats, and in another terminal: box run --memory 64m --cpus 0.5 ROOTFS sh -c 'while :; do :; done'
 *   read     step5-cgroup/README.md; the kernel's admin-guide/cgroup-v2.rst
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/files.h"
#include "base/parse.h"
#include "base/say.h"
#include "cli/cli.h"
#include "life/container.h"
#include "life/store.h"

enum { CELL = 32, BAR = 10 };

/* A look at a container: the CPU time used, and the time of the look since boot, both in microseconds. */
struct look { char id[NAME_MAX + 1]; uint64_t used, when; };

/* Where the page goes, what has no values to show, and the previous looks; the last of them has no ID. */
struct page { FILE *out; bool no_memory, no_pids; struct look *before; };

/* Read the number after NAME in a file of the cgroup; "max" gives UINT64_MAX. Returns false if the file has no NAME. */
static bool number_in(int cgroup, const char *file, const char *name, uint64_t *number)
{
	char text[4096], *place;

	*number = UINT64_MAX;
	if (get(cgroup, file, text, sizeof text) <= 0 || !(place = strstr(text, name)))
		return false;
	place += strlen(name);
	if (strncmp(place, "max", 3) != 0)
		*number = strtoull(place, NULL, 10);
	return true;
}

/* Format a size like 12.3M: at most three digits before the point, and a unit to match. */
static char *size_text(uint64_t bytes, char text[CELL])
{
	static const char units[] = "BKMGTPE";
	double size = bytes;
	int i = 0;

	for (; size >= 1000; i++)
		size /= 1024;
	snprintf(text, CELL, "%.*f%c", i && size < 100, size, units[i]);
	return text;
}

/* Without a limit, leave the bar blank. */
static void add_bar(struct page *p, double part, bool limited)
{
	int full = part >= 1 ? BAR : part * BAR + 0.5;

	if (limited)
		fprintf(p->out, "[%.*s%*s] ", full, "||||||||||", BAR - full, "");
	else
		fprintf(p->out, "%*s", BAR + 3, "");
}

static void add_memory(struct page *p, int cgroup)
{
	char used[CELL], most[CELL], text[2 * CELL + 4];
	uint64_t now, limit;

	p->no_memory |= !number_in(cgroup, "memory.current", "", &now);
	number_in(cgroup, "memory.max", "", &limit);
	if (now == UINT64_MAX)
		strcpy(text, "-");
	else if (limit == UINT64_MAX)
		strcpy(text, size_text(now, used));
	else
		sprintf(text, "%s of %s", size_text(now, used), size_text(limit, most));
	add_bar(p, (double)now / limit, limit != UINT64_MAX);
	fprintf(p->out, "%-15s ", text);
}

/* The percentage is of one CPU, since the previous look. The bar is relative to the limit. */
static void add_cpu(struct page *p, int cgroup, struct look *now, const struct look *before)
{
	double spent = now->when - before->when, used = now->used - before->used, limit;
	uint64_t quota;

	number_in(cgroup, "cpu.max", "", &quota);
	limit = quota == UINT64_MAX ? sysconf(_SC_NPROCESSORS_ONLN) : quota / 100000.0;
	add_bar(p, spent > 0 ? used / spent / limit : 0, true);
	fprintf(p->out, "%5.1f%%  ", spent > 0 ? 100 * used / spent : 0);
}

static void add_pids(struct page *p, int cgroup)
{
	uint64_t now, limit;

	p->no_pids |= !number_in(cgroup, "pids.current", "", &now);
	number_in(cgroup, "pids.max", "", &limit);
	if (now == UINT64_MAX)
		fprintf(p->out, "-");
	else
		fprintf(p->out, limit == UINT64_MAX ? "%llu" : "%llu of %llu", (unsigned long long)now, (unsigned long long)limit);
}

/* Without a previous look, the CPU usage is the average since the container started. */
static void add_container(struct page *p, const struct state *s, struct look *now)
{
	const char *path = record_cgroup(s);
	CLOSED int cgroup = *path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	const struct look first = { .when = s->born * 1000000 / sysconf(_SC_CLK_TCK) }, *before = p->before;
	struct timespec time;

	clock_gettime(CLOCK_BOOTTIME, &time);
	*now = (struct look){ .when = time.tv_sec * UINT64_C(1000000) + time.tv_nsec / 1000 };
	strcpy(now->id, s->id);
	fprintf(p->out, "%-13.13s ", s->id);
	if (cgroup == -1) {
		fprintf(p->out, "no cgroup, so nothing is counted\n");
		return;
	}
	number_in(cgroup, "cpu.stat", "usage_usec ", &now->used);
	while (before && *before->id && strcmp(before->id, s->id) != 0)
		before++;
	add_memory(p, cgroup);
	add_cpu(p, cgroup, now, before && *before->id ? before : &first);
	add_pids(p, cgroup);
	fprintf(p->out, "\n");
}

/* Print the page and replace its looks. ONLY: an ID, or "" for all. Returns the number of running containers, or -1. */
static int look(struct page *p, const char *only, struct error *e)
{
	struct state *all FREED = NULL;
	int count = store_list(&all, false, e), running = 0;
	struct look *now = calloc(count + 2, sizeof *now);

	fprintf(p->out, "%-13s %-28s %-21s %s\n", "ID", "MEMORY", "CPU", "PIDS");
	for (int i = 0; now && i < count; i++) {
		if (all[i].pid && (!*only || strcmp(only, all[i].id) == 0))
			add_container(p, &all[i], &now[running++]);
		record_free(&all[i]);
	}
	if (p->no_memory || p->no_pids)
		fprintf(p->out, "\n-: counted only with %s%s%s; a host that uses cgroup v1 must be booted with cgroup_no_v1=all\n",
		    p->no_memory ? "--memory" : "", p->no_memory && p->no_pids ? " or " : "", p->no_pids ? "--pids-limit" : "");
	free(p->before);
	p->before = now;
	return count == -1 ? -1 : running;
}

/* ---- Live ---------------------------------------------------------------------------------------- */

/* Print in one write, each line over the previous one, so that nothing flickers. Lines are cut at the window's width. */
static void show(const char *line)
{
	struct winsize size;
	char *text FREED = NULL;
	size_t length;
	FILE *screen = open_memstream(&text, &length);

	if (!screen)
		return;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == -1 || !size.ws_row || !size.ws_col)	/* a serial line has no size */
		size = (struct winsize){ .ws_row = 24, .ws_col = 80 };
	fprintf(screen, "\033[H");
	for (int row = 1; *line && row < size.ws_row; row++) {
		int wide = strcspn(line, "\n");

		fprintf(screen, "%.*s\033[K\r\n", wide < size.ws_col ? wide : size.ws_col, line);
		line += wide + (line[wide] == '\n');
	}
	fprintf(screen, "\033[Jq quits");
	fclose(screen);
	(void)!write(STDOUT_FILENO, text, length);	/* gcc wants a look at the result; the next picture comes in a second */
}

/* Wait for a second, or until a key or signal arrives. Returns false when the user wants to quit. */
static bool wait_a_second(int signals)
{
	struct pollfd at[] = { { .fd = signals, .events = POLLIN }, { .fd = STDIN_FILENO, .events = POLLIN } };
	struct signalfd_siginfo info = { .ssi_signo = SIGWINCH };
	char key = 0;

	if (poll(at, 2, 1000) <= 0)
		return true;
	if (at[1].revents && (read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 3))
		return false;
	return !at[0].revents || read(signals, &info, sizeof info) == -1 || info.ssi_signo == SIGWINCH;
}

/* Read keys one at a time, Ctrl-C included. On return, the terminal has its former mode and screen. */
static int live(struct page *p, const char *only, struct error *e)
{
	struct termios before, keys;
	CLOSED int signals = -1;
	sigset_t wanted;
	int count;

	sigemptyset(&wanted);
	for (const int *s = (int[]){ SIGINT, SIGTERM, SIGHUP, SIGWINCH, 0 }; *s; s++)
		sigaddset(&wanted, *s);
	sigprocmask(SIG_BLOCK, &wanted, NULL);
	signals = signalfd(-1, &wanted, SFD_CLOEXEC);
	tcgetattr(STDIN_FILENO, &before);
	keys = before;
	keys.c_lflag &= ~(ICANON | ECHO | ISIG);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &keys);
	dprintf(STDOUT_FILENO, "\033[?1049h\033[?25l");
	do {
		char *text FREED = NULL;
		size_t length;

		p->out = open_memstream(&text, &length);
		count = look(p, only, e);
		fclose(p->out);
		show(text);
	} while (count != -1 && (count || !*only) && wait_a_second(signals));
	dprintf(STDOUT_FILENO, "\033[?25h\033[?1049l");
	tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
	return count == -1 ? -1 : 0;
}

int command_stats(char **words, struct error *e)
{
	struct page page = { .out = stdout };
	struct state s = { .pid = 1, .pidfd = -1 };
	int result;

	if (words[0] && words[1])
		return fail(e, "usage: box stats [ID]");
	if (words[0] && store_find(words[0], &s, e) == -1)
		return -1;
	record_free(&s);
	if (!s.pid)
		return fail_as(e, NOT_RUNNING, "%s is not running; box ps lists the running containers", s.id);
	result = (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) ? live : look)(&page, s.id, e);
	free(page.before);
	return result == -1 ? -1 : 0;
}
