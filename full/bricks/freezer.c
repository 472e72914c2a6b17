/*
 * freezer.c - what is done to all processes of a cgroup at once: a pause, a signal, a list.
 *
 *   see      box pause ID; box top ID; box unpause ID
 *   read     the kernel's admin-guide/cgroup-v2.rst on cgroup.freeze, cgroup.kill and cgroup.procs
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/list.h"
#include "bricks/cgroup.h"

/* ---- Files of the cgroup ------------------------------------------------------------------------- */

bool cgroup_says(int cgroup, const char *file, const char *line)
{
	char text[512];

	return get(cgroup, file, text, sizeof text) > 0 && strstr(text, line);
}

bool cgroup_frozen(int cgroup)
{
	return cgroup_says(cgroup, "cgroup.events", "frozen 1\n");
}

int cgroup_freeze(int cgroup, bool frozen, struct error *e)
{
	const int patience = 10000;

	if (put(e, frozen ? "freeze the cgroup" : "let the cgroup go on", cgroup, "cgroup.freeze", frozen ? "1" : "0") == -1)
		return -1;
	for (int i = 0; cgroup_frozen(cgroup) != frozen; i++) {
		if (i == patience) {
			(void)!put(e, "let the cgroup go on", cgroup, "cgroup.freeze", "0");
			return fail(e, frozen ? "a process has not stopped for 10 s; it may wait for a disk or a file server; try again" :
				       "the cgroup is still frozen, because one above it is; write 0 to the cgroup.freeze of that one");
		}
		poll(NULL, 0, 1);
	}
	return 0;
}

/* Add the PIDs in the cgroup AT, and in those below it, to the list *PIDS. Closes AT. */
static void list_processes(int at, pid_t **pids)
{
	char *text FREED = read_text(openat(at, "cgroup.procs", O_RDONLY | O_CLOEXEC)), *rest = text, *line;
	DIR *all LISTED = fdopendir(at);
	struct dirent *entry;

	while (rest && (line = strsep(&rest, "\n")) && *line)
		*pids = append(*pids, sizeof **pids, &(pid_t){ atoi(line) });
	while (all && (entry = next_entry(all)))
		if (entry->d_type == DT_DIR)
			list_processes(openat(dirfd(all), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), pids);
}

int cgroup_processes(const char *path, pid_t **pids, struct error *e)
{
	int at = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*pids = NULL;
	if (at == -1)
		return fail_call(e, "list the processes in the cgroup", "open(\"%s\")", path);
	list_processes(at, pids);
	return 0;
}

/* The kernel kills all of a cgroup in one step. Other signals take as many as there are processes. */
int cgroup_signal(const char *path, int number, struct error *e)
{
	CLOSED int at = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid_t *pids FREED = NULL;

	if (at == -1)
		return 0;
	if (number == SIGKILL)
		return put(e, "kill all processes in the cgroup", at, "cgroup.kill", "1");
	if (cgroup_processes(path, &pids, e) == -1)
		return -1;
	for (size_t i = 0; pids && pids[i]; i++)
		if (kill(pids[i], number) == -1 && errno != ESRCH)
			return fail_call(e, "send the signal", "kill(%d, %d)", pids[i], number);
	return 0;
}
