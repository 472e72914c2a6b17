/*
 * inside.c - the container's side: it builds the wall around itself, and becomes the command.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/say.h"
#include "bricks/brick.h"
#include "bricks/channel.h"
#include "bricks/hooks.h"
#include "bricks/seccomp.h"
#include "life/container.h"
#include "life/gate.h"
#include "life/init.h"

/* Call this after any change of user: setresuid(2) clears the signal. So does execve(2) of a set-user-ID program. */
static void die_with_host(struct container *c)
{
	struct pollfd host = { .fd = c->channel };

	MAY("die when the host's side dies", prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG, SIGKILL)");
	MAY("see whether it lives: had it died before the prctl, no signal would have come", poll(&host, 1, 0), "poll(%d, POLLHUP)",
	    host.fd);
	if (host.revents & POLLHUP)
		_exit(125);
}

static bool is_file(const char *path)
{
	struct stat it;

	return stat(path, &it) == 0 && S_ISREG(it.st_mode);
}

/* execvp(3) fails with EACCES, too, if it can't search a directory of PATH. Is there a file with this name in any of the others? Returns 0,
 * EACCES if none of them may be executed, or ENOENT. */
static int find_in_path(const char *name)
{
	const char *path = getenv("PATH");
	char file[PATH_MAX];
	int result = ENOENT;

	while (path && result != 0) {
		const size_t length = strcspn(path, ":");

		snprintf(file, sizeof file, "%.*s/%s", (int)length, path, name);
		if (is_file(file))
			result = access(file, X_OK) == 0 ? 0 : EACCES;
		path = path[length] ? path + length + 1 : NULL;
	}
	return result;
}

static void become_command(struct container *c, char **command, char **environment)
{
	char name[HOST_NAME_MAX + 1] = "";
	struct statvfs root;
	sigset_t none;

	sigemptyset(&none);
	environ = environment;
	if (c->home)
		setenv("HOME", c->home, 0);
	if (!c->spec->engine.owns && gethostname(name, sizeof name) == 0)
		setenv("HOSTNAME", name, 0);
	MAY("unblock all signals", sigprocmask(SIG_SETMASK, &none, NULL), "sigprocmask(SIG_SETMASK, {}, NULL)");
	if (explain)
		say("become the command", "execvp(\"%s\", command)\n", *command);
	execvp(*command, command);
	if (errno == EACCES && !strchr(*command, '/'))
		errno = find_in_path(*command) == ENOENT ? ENOENT : EACCES;
	c->error.status = errno == ENOENT ? 127 : 126;
	fail_call(&c->error, "become the command", "execvp(\"%s\")", *command);
	c->error.kind = c->error.status == 127 ? NO_COMMAND : NO_PERMISSION;
	remedy(&c->error, ENOENT, **command == '-' ? "options come before ROOTFS, or before the ID of box exec" :
						     "it, or the loader that it names, is not in ROOTFS");
	if (statvfs("/", &root) == 0 && root.f_flag & ST_NOEXEC)
		remedy(&c->error, EACCES, "ROOTFS is on a file system mounted noexec; move ROOTFS, or run mount -o remount,exec");
}

/* Returns 0, or the errno with which execve(2) would fail. */
static int check_file(const char *path)
{
	if (access(path, X_OK) == -1)
		return errno;
	return is_file(path) ? 0 : EACCES;
}

/* An engine learns at create, and not at start, that there is no such command. */
static int find_command(struct container *c, const char *name)
{
	const int number = strchr(name, '/') ? check_file(name) : find_in_path(name);

	if (number == 0)
		return 0;
	c->error.status = number == EACCES ? 126 : 127;
	if (number == EACCES)
		return fail_as(&c->error, NO_PERMISSION, "exec %s: permission denied", name);
	return fail_as(&c->error, NO_COMMAND, "exec \"%s\": not in the container's PATH, or no such file or directory", name);
}

/* When all bricks stand. Returns only on failure, with c->error filled. */
static void go_live(struct container *c, bool alone)
{
	const bool engines = c->spec->engine.owns;

	host_is_done(c);
	if (!alone)
		die_with_host(c);
	if (engines && find_command(c, *c->spec->process.args) == -1)
		return;
	if ((explain || engines) && channel_send(c, DONE, "let the host go on") == -1)
		return;
	wait_for_host(c, BECOME, "wait until box has recorded the container");
	if (c->gate >= 0) {
		close_it(&c->channel);
		if (gate_wait(c) == -1)
			return;
	}
	if (with(c->spec, "seccomp") && !seccomp_is_early(c->spec) && seccomp_apply(c) == -1)
		return;
	/* The filter is for the last hooks, too, which run in the container. */
	if (!c->joins && hooks_run(c->spec, START_CONTAINER, "created", c->pid, &c->error) == -1)
		return;
	if (c->spec->own.init && run_init(c) == -1)
		return;
	become_command(c, c->spec->process.args, environ);
}

/* Our caller's: an init keeps it, and the container can read it in /proc/1/environ. */
static void forget_environment(void)
{
	for (char **pair = environ; *pair; pair++)
		memset(*pair, 0, strlen(*pair));
}

/* What box exec starts in the background outlives us, and so does an engine's container: neither gets a parent-death signal. */
void inside_from(struct container *c, const char *first)
{
	const bool alone = c->joins ? c->spec->own.detach : c->spec->engine.owns;
	struct message m = { .word = FAILED };

	side = "inside";
	for (int number = 1; number < NSIG; number++)	/* a command can't expect that somebody ignores signals for it */
		signal(number, SIG_DFL);
	if (c->spec->own.init)
		forget_environment();
	environ = c->spec->process.env;
	if (!alone)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (explain || c->joins)	/* one side prints at a time; with exec, the host first has to know our PID */
		host_is_done(c);
	if (wall_inside(c, first) == 0)
		go_live(c, alone);
	m.error = c->error;
	if (c->channel == -1)	/* nobody listens any more */
		dprintf(STDERR_FILENO, "box: %s\n", c->error.text);
	channel_report(c, &m);
	_exit(c->error.status);
}
