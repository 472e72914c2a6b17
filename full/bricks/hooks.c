/*
 * hooks.c - programs that an engine wants to run at points of a container's life. Docker connects networks by one.
 *
 *   see      the recorded config.json of a docker run with --network, "prestart"
 *   read     the OCI runtime-spec's config.md, "POSIX-platform Hooks", and runtime.md, "Lifecycle"
 */
#define _GNU_SOURCE
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "bricks/brick.h"
#include "bricks/hooks.h"

json_t *hooks_state(const struct spec *s, const char *status, pid_t pid)
{
	json_t *annotations = json_loads(s->engine.annotations ? s->engine.annotations : "{}", 0, NULL);
	char *bundle FREED = strdup(s->engine.bundle);

	make_printable(bundle);	/* JSON is UTF-8, and a path need not be */
	return json_pack("{s:s, s:s, s:s, s:i, s:s, s:o}", "ociVersion", "1.0.2", "id", s->id, "status", status, "pid", pid,
			 "bundle", bundle, "annotations", annotations);
}

/* The state, in a file in memory: a hook that does not read it can't make us wait. */
static int state_file(const struct spec *s, const char *status, pid_t pid)
{
	json_t *state = hooks_state(s, status, pid);
	int fd = memory_file("state", 0, false);

	if (fd >= 0 && (json_dumpfd(state, fd, 0) == -1 || lseek(fd, 0, SEEK_SET) == -1))
		close_it(&fd);
	json_decref(state);
	return fd;
}

/* The host's hooks start in the bundle, with the engine's environment, as those of runc and crun. In the container, BUNDLE is NULL: there,
 * the environment is the container's, and must not reach a program of the engine's. */
static void __attribute__((noreturn)) become_hook(const struct hook *h, int input, const char *bundle)
{
	char *path_alone[] = { (char *)h->path, NULL }, *no_variables[] = { NULL };
	char **args = h->args ? h->args : path_alone, **env = bundle ? environ : no_variables;
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(input, STDIN_FILENO);
	syscall(SYS_close_range, 3, ~0u, 0);
	unsetenv("BOX_ROOT");	/* which is for box */
	if (!bundle || chdir(bundle) == 0)
		execve(h->path, args, h->env ? h->env : env);
	dprintf(STDERR_FILENO, "%s: %s\n", h->path, strerror(errno));
	_exit(127);
}

static int run_one(const struct hook *h, int input, const char *bundle, struct error *e)
{
	const int limit = h->timeout <= INT_MAX / 1000 ? (int)h->timeout * 1000 : -1;	/* ms; more than poll(2) takes is no limit */
	CLOSED int pidfd = -1;
	int status = -1;
	pid_t pid = SHOW(e, "start a hook", fork(), "fork() for %s", h->path);

	if (pid == -1)
		return -1;
	if (pid == 0)
		become_hook(h, input, bundle);
	pidfd = syscall(SYS_pidfd_open, pid, 0);
	if (limit && poll(&(struct pollfd){ .fd = pidfd, .events = POLLIN }, 1, limit) == 0)
		kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status) && h->timeout)
		return fail(e, "hook %s: ended by signal %d, or took longer than its timeout of %llu s", h->path, WTERMSIG(status),
			    (unsigned long long)h->timeout);
	if (WIFSIGNALED(status))
		return fail(e, "hook %s: ended by signal %d", h->path, WTERMSIG(status));
	return WEXITSTATUS(status) == 0 ? 0 : fail(e, "hook %s: exit status %d", h->path, WEXITSTATUS(status));
}

int hook_run(const struct spec *s, enum hooks point, const struct hook *h, const char *status, pid_t pid, struct error *e)
{
	const char *bundle = point == CREATE_CONTAINER || point == START_CONTAINER ? NULL : s->engine.bundle;
	CLOSED int input = state_file(s, status, pid);

	return input == -1 ? fail_call(e, "write the state for a hook", "memfd_create()") : run_one(h, input, bundle, e);
}

int hooks_run(const struct spec *s, enum hooks point, const char *status, pid_t pid, struct error *e)
{
	for (const struct hook *h = s->engine.hooks[point]; h && h->path; h++)
		if (hook_run(s, point, h, status, pid, e) == -1)
			return -1;
	return 0;
}

int hooks_outside(struct container *c)
{
	return hooks_run(c->spec, PRESTART, "creating", c->pid, &c->error) == -1 ? -1 :
	       hooks_run(c->spec, CREATE_RUNTIME, "creating", c->pid, &c->error);
}

/* The procfs that we still see is the host's, and so is the PID in it. */
int hooks_inside(struct container *c)
{
	char pid[16] = "";

	if (!c->spec->engine.hooks[CREATE_CONTAINER] && !c->spec->engine.hooks[START_CONTAINER])
		return 0;
	if (readlink("/proc/self", pid, sizeof pid - 1) == -1)
		return fail_call(&c->error, "learn our PID on the host, for the hooks", "readlink(\"/proc/self\")");
	c->pid = atoi(pid);
	return hooks_run(c->spec, CREATE_CONTAINER, "creating", c->pid, &c->error);
}
