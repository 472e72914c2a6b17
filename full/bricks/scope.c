/*
 * scope.c - an engine's cgroup, where systemd manages cgroups: box asks it for a scope, and delegates its files to itself.
 *
 * systemd creates a scope around a process. The container does not exist yet, and should be born in its cgroup. So systemd-run(1) makes
 * the scope around a cat(1), which ends when we close its input: by then, the container is in there, too.
 *
 *   see      podman --cgroup-manager systemd run, and systemd-cgls
 *   read     systemd-run(1), systemd.resource-control(5) on Delegate=; systemd.io/CGROUP_DELEGATION
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/files.h"
#include "base/say.h"
#include "base/wait.h"
#include "bricks/brick.h"
#include "bricks/cgroup.h"

/* The runtimes' format is SLICE:PREFIX:NAME, and an empty SLICE means the usual one. */
static int name_scope(struct container *c, char slice[256], char unit[512])
{
	const char *path = c->spec->engine.cgroup, *prefix = strchr(path, ':'), *name = prefix ? strchr(prefix + 1, ':') : NULL;

	if (!name || !name[1])
		return fail(&c->error, "cgroupsPath \"%s\": systemd's cgroups are named SLICE:PREFIX:NAME", path);
	snprintf(slice, 256, "--slice=%.*s", (int)(prefix - path), path);
	if (prefix == path)
		snprintf(slice, 256, "--slice=%s", c->rootless ? "user.slice" : "system.slice");
	snprintf(unit, 512, "--unit=%.*s%s%s.scope", (int)(name - prefix - 1), prefix + 1, name - prefix > 1 ? "-" : "", name + 1);
	return 0;
}

static void __attribute__((noreturn)) become_holder(char *const *words, int input, int output)
{
	if (dup2(input, STDIN_FILENO) != -1 && dup2(output, STDOUT_FILENO) != -1)
		execvp(*words, words);
	dprintf(STDERR_FILENO, "box: %s: %s\n", *words, strerror(errno));
	_exit(127);
}

/* Start a process in the scope, which ends when we close c->scope. Its first line says that it is there. */
static pid_t start_holder(struct container *c, char *const *words)
{
	int input[2] = { -1, -1 }, output[2] = { -1, -1 };
	char line;
	pid_t pid = -1;

	if (DO(&c->error, "create a pipe that holds the scope", pipe2(input, O_CLOEXEC)) == 0 &&
	    DO(&c->error, "create a pipe that says when the scope is there", pipe2(output, O_CLOEXEC)) == 0)
		pid = SHOW(&c->error, "ask systemd for a scope", fork(), "systemd-run %s %s", words[5], words[6]);
	if (pid == 0)
		become_holder(words, input[0], output[1]);
	close_it(&input[0]);
	close_it(&output[1]);
	c->scope = input[1];
	if (pid > 0 && (!wait_to_read(output[0], -1) || read(output[0], &line, 1) != 1))
		pid = fail(&c->error, "systemd-run, which has printed the reason above, can't create a scope; use --cgroup-manager cgroupfs");
	close_it(&output[0]);
	return pid;
}

int scope_make(struct container *c, const char *hierarchy)
{
	char slice[256], unit[512], file[48], *text FREED = NULL, *path;
	char *const words[] = { "systemd-run", c->rootless ? "--user" : "--system", "--scope", "--quiet", "--collect", slice, unit,
				"--property=Delegate=yes", "--property=TasksMax=infinity", "sh", "-c", "echo; exec cat >/dev/null", NULL };
	pid_t pid;

	if (name_scope(c, slice, unit) == -1 || (pid = start_holder(c, words)) == -1)
		return -1;
	snprintf(file, sizeof file, "/proc/%d/cgroup", pid);
	text = read_text(open(file, O_RDONLY | O_CLOEXEC));
	path = text ? strstr(text, "0::/") : NULL;
	if (!path)
		return fail_call(&c->error, "find the scope", "read(\"%s\")", file);
	path[strcspn(path, "\n")] = '\0';
	snprintf(c->cgroup, sizeof c->cgroup, "%.1000s%.3000s", hierarchy, path + 3);
	c->cgroup_fd = SHOW(&c->error, "open the scope's cgroup", open(c->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
			    "open(\"%s\", O_RDONLY | O_DIRECTORY)", c->cgroup);
	return c->cgroup_fd == -1 ? -1 : 0;
}
