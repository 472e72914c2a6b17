/*
 * container.c - the host's side of a container's life: create, start, wait, delete. box run calls the four of them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/files.h"
#include "base/list.h"
#include "base/say.h"
#include "base/wait.h"
#include "bricks/brick.h"
#include "bricks/cgroup.h"
#include "bricks/channel.h"
#include "bricks/join.h"
#include "life/agent.h"
#include "life/console.h"
#include "life/container.h"
#include "life/gate.h"
#include "life/serve.h"
#include "life/signals.h"
#include "life/store.h"

static void inside(struct container *c)
{
	inside_from(c, "user");
}

/* Receive the message of the inside, which may bring a descriptor. If it is an error, it becomes ours; returns -1. */
static int hear_with(struct container *c, int *fd)
{
	struct message m = { 0 };

	if (!wait_to_read(c->channel, -1))
		return check_interrupt(&c->error);
	(void)!channel_receive(c, &m, fd, 0);
	streams_catch_up(c);
	if (m.word != FAILED)
		return 0;
	c->error = m.error;
	return -1;
}

static int hear(struct container *c)
{
	return hear_with(c, &c->terminal);
}

/* If we can't reach the inside because it has ended, its last message says why. */
static int hear_why(struct container *c)
{
	if (c->error.number == EPIPE || c->error.number == ECONNRESET)
		(void)!hear(c);
	return -1;
}

int tell(struct container *c, enum word word, const char *why)
{
	return channel_send(c, word, why) == 0 ? 0 : hear_why(c);
}

/* If a signal has ended a brick's wait, or if the inside has failed, the brick's error is not the reason. */
static int why_failed(struct container *c)
{
	return check_interrupt(&c->error) == -1 || c->channel == -1 ? -1 : hear_why(c);
}

/* box prune removes no image with this lock, which ends with the container.
 * A box-unpack that ends at this moment has to release its own first. */
static int hold_image(struct container *c)
{
	const char *path = c->spec->own.image;

	if (!path)
		return 0;
	c->image = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->image >= 0 && flock(c->image, LOCK_SH) == 0 && leads_to(AT_FDCWD, path, c->image))
		return 0;
	return fail(&c->error, "box prune has removed %s meanwhile; run it again, and box unpacks the image once more", path);
}

static int start(struct container *c)
{
	return joins_namespaces(c->spec) ? start_joined(c) : start_child(c, c->namespaces, inside);
}

int container_create(struct container *c, const struct spec *s)
{
	CLOSED int store = -1;

	*c = container_of(s);
	umask(022);	/* other users have to read what we create, whatever the caller's umask is */
	snprintf(c->id, sizeof c->id, "%s", s->id);
	hold_signals();	/* before anything is created, so that no signal can end box and leave it behind */
	if ((store = store_open(c->root, &c->error)) == -1)
		return -1;
	if (!s->engine.owns)
		store_sweep(store, c->root, 16);
	if (hold_image(c) == -1 || store_make(c, store) == -1 || (s->engine.owns && gate_make(c) == -1))
		return -1;
	if (wall_before(c) == -1)
		return why_failed(c);
	if (check_signals(&c->error) == -1 || start(c) == -1)
		return -1;
	if (wall_outside(c) == -1)
		return why_failed(c);
	close_it(&c->handed);
	return tell(c, GO_ON, "let the container go on") == -1 ? -1 : record_write(c);
}

/* For an engine: it gets the terminal, if it has a socket for it, and the PID in a file. */
static int hand_over(struct container *c)
{
	const struct engine *engine = &c->spec->engine;
	CLOSED int file = -1;

	if (c->terminal >= 0 && engine->console && terminal_give(c, engine->console) == -1)
		return -1;
	if (engine->console)
		close_it(&c->terminal);	/* from now on, the engine alone reads from it */
	if (!engine->pid_file)
		return 0;
	file = open(engine->pid_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	return file >= 0 && dprintf(file, "%d", c->pid) > 0 ? 0 :
	       fail_call(&c->error, "write the PID for the engine", "open(\"%s\")", engine->pid_file);
}

/* The filter is loaded by now: the agent has to answer calls of the inside, whatever they are. */
static int hand_listener_over(struct container *c)
{
	CLOSED int listener = -1;

	if (!c->spec->engine.agent || !with(c->spec, "seccomp"))
		return 0;
	if (hear_with(c, &listener) == -1)
		return -1;
	return listener == -1 ? fail(&c->error, "the container ended before it loaded its filter") : agent_give(c, listener);
}

/* An engine that has a socket for the terminal gets it later: hand_over(). */
static int take_terminal(struct container *c)
{
	if (!c->spec->process.terminal || !with(c->spec, "terminal"))
		return 0;
	if (hear(c) == -1)
		return -1;
	return c->spec->engine.console ? 0 : terminal_ready(c);
}

/* An engine's container then waits at its gate, and not for us. */
int container_start(struct container *c)
{
	const bool engines = c->spec->engine.owns;

	if (take_terminal(c) == -1 || hand_listener_over(c) == -1)
		return -1;
	if ((explain || engines) && hear(c) == -1)	/* that its part is done */
		return -1;
	if (engines && hand_over(c) == -1)
		return -1;
	if (check_signals(&c->error) == -1 || tell(c, BECOME, "let it become the command") == -1)
		return -1;
	hide_values(c->spec->process.env);	/* the container and the record have copies */
	if (c->gate >= 0)
		return 0;
	store_prepare_next(c);	/* do it now: when the container has ended, the caller waits for us */
	return hear(c);
}

/* Returns the wait status: wait(2). */
static int wait_for_end(struct container *c)
{
	siginfo_t info;
	sigset_t all;
	int status = 125 << 8;	/* as after exit(125), if there is no child to wait for */

	sigfillset(&all);
	while (waitpid(c->pid, &status, WNOHANG) == 0) {
		if (sigwaitinfo(&all, &info) > 0) {
			pass_on(c, info.si_signo, info.si_code);
		} else if (errno != EINTR) {
			waitpid(c->pid, &status, 0);	/* forwards no more signals, but does not loop forever, either */
			break;
		}
	}
	return status;
}

int container_wait(struct container *c)
{
	int status;

	if (streams_served(c))
		streams_serve(c);
	status = wait_for_end(c);
	close_it(&c->image);	/* at our exit, the kernel could release its lock after the container's, for which box rm waits */
	c->pid = 0;
	cgroup_report(c);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int container_destroy(struct container *c)
{
	int status;

	if (c->pid > 0 && c->pidfd >= 0) {
		syscall(SYS_pidfd_send_signal, c->pidfd, SIGKILL, NULL, 0);
		waitpid(c->pid, &status, 0);
		c->pid = 0;
	}
	if (c->directory < 0)
		return 0;	/* the ID belongs to another container */
	wall_undo(c);
	return store_remove(c);
}

void container_delete(struct container *c)
{
	if (container_destroy(c) == -1)
		fprintf(stderr, "box: warning: %s\n", c->error.text);
}
