/*
 * scope.c - an engine's cgroup, where systemd manages cgroups: box asks it for a scope, and delegates its files to itself.
 *
 * systemd creates a scope around a process. The container does not exist yet, and should be born in its cgroup. So systemd-run(1) makes
 * the scope around a cat(1), which ends when we close its input: by then, the container is in there, too.
 *
 * systemd gets the limits as well, as properties of the scope: it writes them to the cgroup again whenever it reads its units again.
 *
 *   see      podman --cgroup-manager systemd run, and systemd-cgls
 *   read     systemd-run(1), systemd.resource-control(5); systemd.io/CGROUP_DELEGATION
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/list.h"
#include "base/text.h"
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

/* ---- Properties ---------------------------------------------------------------------------------- */

static const struct { const char *file, *property; } names[] = {
	{ "memory.max", "MemoryMax" }, { "memory.high", "MemoryHigh" }, { "memory.low", "MemoryLow" }, { "memory.min", "MemoryMin" },
	{ "memory.swap.max", "MemorySwapMax" }, { "cpu.weight", "CPUWeight" }, { "cpuset.cpus", "AllowedCPUs" },
	{ "cpuset.mems", "AllowedMemoryNodes" }, { "io.weight", "IOWeight" }, { "pids.max", "TasksMax" },
};

/* Add a word that FORMAT makes to the list WORDS. */
static char **add(char **words, const char *format, ...) PRINTS(2, 3);

static char **add(char **words, const char *format, ...)
{
	va_list values;
	char *word;

	va_start(values, format);
	word = vformatted(format, values);
	va_end(values);
	return append(words, sizeof word, &word);
}

/* The quota as a percentage of the period. */
static char **add_quota(char **words, const char *prefix, const char *value)
{
	long long quota, period;

	if (sscanf(value, "%lld %lld", &quota, &period) != 2 || period <= 0)
		return strncmp(value, "max", 3) == 0 ? add(words, "%sCPUQuota=", prefix) : words;
	words = add(words, "%sCPUQuotaPeriodSec=%lldus", prefix, period);
	return add(words, "%sCPUQuota=%lld.%02lld%%", prefix, quota * 100 / period, quota * 10000 / period % 100);
}

/* Add PREFIX and each setting that systemd has a property for. What has several words, such as the limits of a disk, is not one. */
static char **add_properties(char **words, const char *prefix, const struct setting *s)
{
	for (; s && s->file; s++) {
		if (strcmp(s->file, "cpu.max") == 0)
			words = add_quota(words, prefix, s->value);
		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			if (strcmp(names[i].file, s->file) == 0 && !strpbrk(s->value, " \n"))
				words = add(words, "%s%s=%s", prefix, names[i].property, strcmp(s->value, "max") == 0 ? "infinity" : s->value);
	}
	return words;
}

/* ---- A scope ------------------------------------------------------------------------------------- */

static void __attribute__((noreturn)) become(char *const *words, int input, int output)
{
	if (dup2(input, STDIN_FILENO) != -1 && dup2(output, STDOUT_FILENO) != -1 && dup2(output, STDERR_FILENO) != -1)
		execvp(*words, words);
	dprintf(STDERR_FILENO, "box: %s: %s\n", *words, strerror(errno));
	_exit(127);
}

/* The holder prints an empty line when it is in the scope. Before that, systemd-run may say why there is none. */
static int wait_for_scope(struct container *c, int output)
{
	char text[1024] = "";
	size_t length = 0;
	ssize_t got = 1;

	while (length < sizeof text - 1 && got > 0 && *text != '\n' && !strstr(text, "\n\n")) {
		got = wait_to_read(output, -1) ? read(output, text + length, sizeof text - 1 - length) : -1;
		length += got > 0 ? got : 0;
	}
	if (*text == '\n' || strstr(text, "\n\n"))
		return 0;
	text[strcspn(text, "\n")] = '\0';
	return check_interrupt(&c->error) == -1 ? -1 :
	       fail(&c->error, "systemd-run can't create a scope: %s; use --cgroup-manager cgroupfs", *text ? text : "it has ended");
}

/* Start a process in the scope, which ends when we close c->scope. */
static pid_t start_holder(struct container *c, char *const *words)
{
	int input[2] = { -1, -1 }, output[2] = { -1, -1 };
	pid_t pid = -1;

	if (DO(&c->error, "create a pipe that holds the scope", pipe2(input, O_CLOEXEC)) == 0 &&
	    DO(&c->error, "create a pipe that says when the scope is there", pipe2(output, O_CLOEXEC)) == 0)
		pid = SHOW(&c->error, "ask systemd for a scope", fork(), "systemd-run %s %s", words[5], words[6]);
	if (pid == 0)
		become(words, input[0], output[1]);
	close_it(&input[0]);
	close_it(&output[1]);
	c->scope = input[1];
	if (pid > 0 && wait_for_scope(c, output[0]) == -1)
		pid = -1;
	close_it(&output[0]);
	return pid;
}

int scope_make(struct container *c, const char *hierarchy)
{
	char slice[256], unit[512], file[48], *text FREED = NULL, *path;
	const char *const first[] = { "systemd-run", c->rootless ? "--user" : "--system", "--scope", "--quiet", "--collect", slice, unit,
				      "--property=Delegate=yes", "--property=TasksMax=infinity" };
	char **words = NULL;
	pid_t pid;

	if (name_scope(c, slice, unit) == -1)
		return -1;
	for (size_t i = 0; i < sizeof first / sizeof *first; i++)
		words = add(words, "%s", first[i]);
	words = add_properties(words, "--property=", c->spec->resources.unified);
	words = add(add(add(words, "sh"), "-c"), "echo; exec cat >/dev/null");
	if ((pid = start_holder(c, words)) == -1)
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

/* ---- Later ----------------------------------------------------------------------------------------- */

const char *scope_of(const struct container *c)
{
	const char *name = strrchr(c->cgroup, '/'), *suffix = name ? strrchr(name, '.') : NULL;

	return suffix && strcmp(suffix, ".scope") == 0 ? name + 1 : NULL;
}

/* Run systemctl(1) with this command for the scope. Returns its exit status. */
static int control(struct container *c, char **command, int output)
{
	int status = -1;
	pid_t pid = SHOW(&c->error, "call systemd", fork(), "systemctl %s %s", command[2], scope_of(c));

	if (pid == 0)
		become(command, STDIN_FILENO, output);
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int scope_update(struct container *c)
{
	const char *first[] = { "systemctl", c->rootless ? "--user" : "--system", "set-property", "--runtime", scope_of(c) };
	char **words = NULL;

	if (!scope_of(c))
		return 0;
	for (size_t i = 0; i < sizeof first / sizeof *first; i++)
		words = add(words, "%s", first[i]);
	words = add_properties(words, "", c->spec->resources.unified);
	return control(c, words, STDERR_FILENO) == 0 ? 0 :
	       fail(&c->error, "systemctl, which has printed the reason above, can't set the limits of %s", scope_of(c));
}

void scope_stop(struct container *c)
{
	char *words[] = { "systemctl", c->rootless ? "--user" : "--system", "stop", (char *)scope_of(c), NULL };
	CLOSED int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)control(c, words, nothing);
}
