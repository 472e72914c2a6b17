/*
 * log.c - the log of a detached container. box copies to it what the container prints (streams.c): if the container had a descriptor of
 * the file itself, it could write anywhere in it, and fill the disk.
 *
 *   see      box run -d --name a ROOTFS echo hello; box logs a
 *   read     rename(2), dup(2)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/say.h"
#include "bricks/log.h"

/* Bytes. A container that fills the disk says why, and box can copy that only after the container has said it. */
enum { RESERVED = 1 << 14 };

static int create(struct container *c)
{
	return openat(c->directory, "log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

int log_open(struct container *c)
{
	c->log = SHOW(&c->error, "create a log for the container's output", create(c),
		      "openat(%d, \"log\", O_WRONLY | O_CREAT | O_APPEND, 0600)", c->directory);
	if (c->log == -1)
		return -1;
	if (fallocate(c->log, FALLOC_FL_KEEP_SIZE, 0, RESERVED) == -1 && errno == ENOSPC)
		return fail_call(&c->error, "reserve space for the log", "fallocate(\"%s/%s/log\")", c->root, c->id);
	return 0;
}

/* Our own stderr leads to the log, too: "killed by the kernel" belongs in it. */
void log_rotate(struct container *c)
{
	CLOSED int next = -1;
	struct stat it;

	if (c->log == -1 || fstat(c->log, &it) == -1 || (uint64_t)it.st_size < c->spec->own.log_size)
		return;
	if (renameat(c->directory, "log", c->directory, "log.1") == -1 || (next = create(c)) == -1)
		return;
	dup3(next, c->log, O_CLOEXEC);
	dup2(next, STDERR_FILENO);
}
