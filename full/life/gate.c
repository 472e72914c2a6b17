/*
 * gate.c - an engine creates a container, and starts it later: until then, the finished container waits at a fifo. No process of box
 * waits with it.
 *
 *   see      box oci create --bundle DIR ID, and then ls -l ROOT/ID
 *   read     fifo(7), the OCI runtime-spec's runtime.md, "Lifecycle"
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/say.h"
#include "life/gate.h"

#define GATE "start"

/* A reader that does not block can open a fifo without a writer: fifo(7). */
int gate_make(struct container *c)
{
	if (SHOW(&c->error, "create a gate at which it waits for start", mkfifoat(c->directory, GATE, 0600), "mkfifoat(%d, \"" GATE "\", 0600)",
		 c->directory) == -1)
		return -1;
	c->gate = SHOW(&c->error, "open its inner end", openat(c->directory, GATE, O_RDONLY | O_NONBLOCK | O_CLOEXEC),
		       "openat(%d, \"" GATE "\", O_RDONLY | O_NONBLOCK)", c->directory);
	return c->gate == -1 ? -1 : 0;
}

/* While start opens its end, the kernel's poll(2) can take that end for one that has been closed already: then there is nothing to
 * read yet. */
int gate_wait(struct container *c)
{
	struct pollfd gate = { .fd = c->gate, .events = POLLIN };
	ssize_t got;
	char word;

	do
		got = poll(&gate, 1, -1) == -1 ? -1 : read(c->gate, &word, 1);
	while (got == -1 && (errno == EAGAIN || errno == EINTR));
	if (got != 1)
		return fail_call(&c->error, "wait at the gate", "poll, read(\"" GATE "\")");
	close_it(&c->gate);
	return 0;
}

bool gate_is_shut(int directory)
{
	return faccessat(directory, GATE, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The rename makes one of several callers the one that starts it. */
int gate_open(int directory, const char *id, struct error *e)
{
	CLOSED int gate = -1;

	if (renameat(directory, GATE, directory, GATE ".open") == -1)
		return fail_as(e, NOT_RUNNING, "%s has been started already; only a created container can be started", id);
	gate = openat(directory, GATE ".open", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	unlinkat(directory, GATE ".open", 0);
	if (gate == -1 || write(gate, "s", 1) != 1)
		return fail_as(e, NOT_RUNNING, "%s has ended before it was started", id);
	return 0;
}
