/*
 * control.c - what is done to a container from outside: signals, pauses, removal.
 *
 *   read     pidfd_send_signal(2); the kernel's admin-guide/cgroup-v2.rst on cgroup.freeze
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/wait.h"
#include "bricks/cgroup.h"
#include "life/container.h"
#include "life/control.h"
#include "life/store.h"

/* Freeze the processes of a container, or let them go on: the kernel schedules no process of a frozen cgroup. */
int container_pause(const struct state *s, bool paused, struct error *e)
{
	const char *path = record_cgroup(s);
	CLOSED int cgroup = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (cgroup == -1)
		return fail_call(e, "open the container's cgroup", "open(\"%s\")", path);
	return cgroup_freeze(cgroup, paused, e) == -1 ? wrap(e, "%s", s->id) : 0;
}

/* A paused container goes on, as in docker: it could not react to the signal otherwise. */
int container_signal(const struct state *s, int number, struct error *e)
{
	if (syscall(SYS_pidfd_send_signal, s->pidfd, number, NULL, 0) == -1 && errno != ESRCH)	/* ESRCH: it has ended by itself */
		return fail_call(e, "send the signal", "pidfd_container_signal(%s, %d)", s->id, number);
	if (!s->paused || container_pause(s, false, e) == 0)
		return 0;
	return has_ended(s->pidfd) ? 0 : -1;	/* the signal has ended it, and its cgroup */
}

/* Only the process that holds the lock, and finds the directory still there, removes it. If the record can't be read, nobody
 * knows the PID. Then the box that waits for the container has to end first. */
int container_remove(const struct state *s, struct error *e)
{
	struct container c = container_of(NULL);

	if (s->pidfd >= 0 && container_signal(s, SIGKILL, e) == -1)
		return -1;
	strcpy(c.id, s->id);
	strcpy(c.root, s->root);
	if (s->engines)
		strcpy(c.cgroup, record_cgroup(s));
	c.directory = store_lock(s, s->json ? 0 : LOCK_NB);
	if (c.directory == -1 && errno == EWOULDBLOCK)
		return fail(e, "cannot read the record of %s, which is running; first end the box that waits for it (fuser %s/%s prints its PID)",
			    s->id, s->root, s->id);
	if (container_destroy(&c) == 0)
		return 0;
	*e = c.error;
	return -1;
}
