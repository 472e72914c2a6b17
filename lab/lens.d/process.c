/*
 * process.c - find the process; its PIDs on both sides, and the other processes of its PID namespace.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "lens.h"

/* The PID of box's container ID; 0 if it has no process, -1 if there is no such container. */
static pid_t pid_of_box(const char *id)
{
	char path[PATH], text[1 << 16], *pid;
	const char *root = getenv("BOX_ROOT"), *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

	if (strchr(id, '/') || *id == '.')
		return -1;
	if (root || geteuid() == 0)
		snprintf(path, sizeof path, "%s/%s/state.json", root ? root : "/var/lib/box", id);
	else
		snprintf(path, sizeof path, "%s%s/box/%s/state.json",
			 data ? data :
			 home ? home :
				"",
			 data ? "" : "/.local/share", id);
	if (!read_file(AT_FDCWD, path, text, sizeof text)) {
		if (errno != ENOENT && errno != ENOTDIR)
			complain("cannot read %s: %s", path, strerror(errno));
		return -1;
	}
	/* A comma follows a value, a colon follows a key. */
	for (pid = text; (pid = strstr(pid, "\"pid\""));)
		if (*(pid += strlen("\"pid\"")) == ':' || (*pid == ' ' && pid[1] == ':'))
			return strtol(strchr(pid, ':') + 1, NULL, 10);
	return 0;
}

static pid_t read_pid(const char *word)
{
	char *rest;
	long pid = strtol(word, &rest, 10);

	if (isdigit((unsigned char)*word) && !*rest && pid > 0 && pid < 1 << 30)
		return pid;
	pid = pid_of_box(word);
	if (pid == -1)
		complain("%s is neither a PID nor a container of box; ps lists PIDs, box ps lists containers", word);
	if (pid == 0)
		complain("the container %s has no process: it has ended, or is not started yet", word);
	return pid;
}

static ino_t pid_namespace(int directory, const char *path)
{
	struct stat it;

	return fstatat(directory, path, &it, 0) == -1 ? 0 : it.st_ino;
}

/* The container's init, if PID is a program outside that runs one: its child in another PID namespace.
 * The machine's own init may have such children, by adoption, but does not run a container. */
static pid_t init_of(pid_t pid, int proc)
{
	char path[64], text[1 << 14];
	ino_t ours = pid_namespace(AT_FDCWD, "/proc/self/ns/pid");

	snprintf(path, sizeof path, "task/%d/children", pid);
	if (pid == 1 || pid_namespace(proc, "ns/pid") != ours || !read_file(proc, path, text, sizeof text))
		return 0;
	for (char *rest = text, *word; (word = strsep(&rest, " ")) && *word;) {
		snprintf(path, sizeof path, "/proc/%s/ns/pid", word);
		ino_t its = pid_namespace(AT_FDCWD, path);
		if (its && its != ours)
			return atoi(word);
	}
	return 0;
}

static int open_process(pid_t pid)
{
	char path[32];

	snprintf(path, sizeof path, "/proc/%d", pid);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Open the process's directory in /proc, and store it in v. */
void find_process(struct view *v, const char *word)
{
	pid_t pid = read_pid(word), init;

	v->host.pid = pid;
	v->proc = open_process(pid);
	if (v->proc == -1)
		complain("there is no process %d; ps lists all processes", pid);
	if ((init = init_of(pid, v->proc))) {
		int proc = open_process(init);

		if (proc == -1)
			return; /* the child has just ended, and the program outside is about to end */
		v->asked = pid;
		read_file(v->proc, "comm", v->asked_name, sizeof v->asked_name);
		close(v->proc);
		v->proc = proc;
		v->host.pid = init;
	}
}

/* A zombie has ended: only its exit status is left. */
bool has_ended(const struct view *v)
{
	char stat[1024];
	const char *state;

	return !read_file(v->proc, "stat", stat, sizeof stat) || !(state = strrchr(stat, ')')) ||
	       strchr("ZX", state[2]);
}

static bool read_status(int proc, const char *field, char *value, size_t size)
{
	char text[8192], *line;

	if (!read_file(proc, "status", text, sizeof text) || !(line = strstr(text, field)))
		return false;
	snprintf(value, size, "%.*s", (int)strcspn(line + strlen(field), "\n"), line + strlen(field));
	return true;
}

/* The last number in NSpid is the PID in the innermost namespace. */
static pid_t pid_inside(int proc)
{
	char pids[256], *last;

	if (!read_status(proc, "\nNSpid:\t", pids, sizeof pids))
		return 0;
	last = strrchr(pids, '\t');
	return atoi(last ? last + 1 : pids);
}

/* The command line, or the name of a kernel thread, which has no command line. */
static void read_command(struct view *v)
{
	int fd = openat(v->proc, "cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd == -1 ? 0 : read(fd, v->command, sizeof v->command - 1);

	if (fd != -1)
		close(fd);
	if (length <= 0) {
		read_file(v->proc, "comm", v->command, sizeof v->command);
		return;
	}
	for (length -= v->command[length - 1] == '\0'; length > 0 && v->command[length - 1] == ' ';)
		length--;
	v->command[length] = '\0';
	for (ssize_t i = 0; i < length; i++)
		if (!isprint((unsigned char)v->command[i]))
			v->command[i] = ' ';
}

static void add_process(struct view *v, const char *word, ino_t wanted)
{
	int proc = open_process(atoi(word));

	if (proc != -1 && pid_namespace(proc, "ns/pid") == wanted) {
		if (v->process_count < PROCESSES) {
			struct process *p = &v->processes[v->process_count];

			p->host = atoi(word);
			p->inside = pid_inside(proc);
			read_file(proc, "comm", p->name, sizeof p->name);
		}
		v->process_count++;
	}
	if (proc != -1)
		close(proc);
}

/* Both of its PIDs, and all processes of its PID namespace, unless that is ours. */
void read_processes(struct view *v)
{
	ino_t theirs = pid_namespace(v->proc, "ns/pid");
	struct dirent *one;
	DIR *all;

	read_command(v);
	v->container.pid = pid_inside(v->proc);
	v->process_count = 0;
	if (!theirs || theirs == pid_namespace(AT_FDCWD, "/proc/self/ns/pid") || !(all = opendir("/proc")))
		return;
	while ((one = readdir(all)))
		if (isdigit((unsigned char)*one->d_name))
			add_process(v, one->d_name, theirs);
	closedir(all);
}
