/*
 * top.c - box top: the processes of a container. Each has two PIDs: the host's, and the one that it has in the container.
 *
 *   see      box run -d --name a ROOTFS sh -c 'sleep 1000 & wait'; box top a
 *   break    box top a; kill the PID of "sleep", as the host knows it
 *   read     pid_namespaces(7); proc(5) on NSpid; cgroups(7) on /proc/PID/cgroup
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/cli.h"
#include "life/store.h"

/* What all processes of the container have in common: the name of the cgroup, if there is one, or else the PID namespace. LEVEL: how
 * many PIDs PID 1 has, one for each PID namespace that it is in. */
struct home { const char *cgroup; struct stat pids; int level; };

/* Count the numbers in the line NSpid of a status file, up to MOST. The last of them is *PID. */
static int read_pids(const char *status, int most, int *pid)
{
	char *place = strstr(status, "\nNSpid:");
	int count = 0;

	*pid = 0;
	if (!place)
		return 0;
	place += strlen("\nNSpid:");
	for (; count < most && *place == '\t'; count++)
		*pid = strtol(place + 1, &place, 10);
	return count;
}

/* The processes of the cgroups that the container has created below its own belong to it, too. */
static bool is_in(const struct home *home, int process)
{
	char text[PATH_MAX], *place;
	struct stat pids;

	if (!home->cgroup)
		return fstatat(process, "ns/pid", &pids, 0) == 0 && pids.st_ino == home->pids.st_ino;
	if (get(process, "cgroup", text, sizeof text) <= 0 || !(place = strstr(text, home->cgroup)))
		return false;
	place += strlen(home->cgroup);
	return *place == '/' || *place == '\n';
}

/* The arguments, or the name of the program in brackets if the process has removed them. */
static void read_command(int process, char *text, size_t size)
{
	const ssize_t length = get(process, "cmdline", text, size);

	for (ssize_t i = 0; i < length - 1; i++)
		if (!text[i])
			text[i] = ' ';
	if (length <= 0) {
		*text = '[';
		get(process, "comm", text + 1, size - 1);
		strcpy(text + strcspn(text, "\n"), "]");
	}
	make_printable(text);
}

/* A process may end at any time: then there is nothing to print. */
static void print_process(const struct home *home, const char *pid, int process)
{
	char status[4096], text[4096], *times, *user;
	unsigned long long own, kernel, seconds;
	unsigned id;
	int inside;

	if (!is_in(home, process) || get(process, "status", status, sizeof status) <= 0 || get(process, "stat", text, sizeof text) <= 0)
		return;
	times = strrchr(text, ')');
	user = strstr(status, "\nUid:");
	if (!times || !user || sscanf(user, "\nUid: %*u %u", &id) != 1 ||
	    sscanf(times, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &own, &kernel) != 2)
		return;
	seconds = (own + kernel) / sysconf(_SC_CLK_TCK);
	read_pids(status, home->level, &inside);
	read_command(process, text, sizeof text);
	printf("%7s %7d %10u %02llu:%02llu:%02llu  %s\n", pid, inside, id, seconds / 3600, seconds / 60 % 60, seconds % 60, text);
}

static int print_all(const struct state *s, struct error *e)
{
	const char *cgroup = strrchr(record_cgroup(s), '/');
	struct home home = { .cgroup = cgroup };
	DIR *all LISTED = opendir("/proc");
	CLOSED int first = -1;
	struct dirent *entry;
	char path[32], status[4096];

	snprintf(path, sizeof path, "/proc/%d", s->pid);
	first = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!all || first == -1 || fstatat(first, "ns/pid", &home.pids, 0) == -1 || get(first, "status", status, sizeof status) <= 0)
		return fail_call(e, "list the container's processes", "read(\"%s/status\")", path);
	home.level = read_pids(status, PATH_MAX, &(int){ 0 });
	printf("%7s %7s %10s %8s  %s\n", "PID", "INSIDE", "UID", "TIME", "COMMAND");
	while ((entry = readdir(all))) {
		CLOSED int process = isdigit(*entry->d_name) ? openat(dirfd(all), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

		if (process >= 0)
			print_process(&home, entry->d_name, process);
	}
	return 0;
}

int command_top(char **words, struct error *e)
{
	struct state *one FREED = NULL;

	if (one_id(words, e, "top ID; it takes no options of ps: box exec ID ps runs the container's own") == -1)
		return -1;
	return find_running(words, &one, e) == -1 ? -1 : print_all(one, e);
}
