/*
 * pid.c - step 1: PIDs of its own, and a /proc that shows them.
 *
 *   see      box run ROOTFS ps
 *   break    box run --without proc ROOTFS ps
 *   read     step1-pid/README.md; pid_namespaces(7), proc(5)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/magic.h>
#include <sched.h>
#include <string.h>

#include "bricks/brick.h"
#include "bricks/mount.h"

/* Does the sysctl belong to a namespace of the container? All others would change the host. */
static bool is_its_own(const struct spec *s, const char *name)
{
	static const struct { const char *begins; unsigned long kind; const char *brick; } ours[] = {
		{ "net/", CLONE_NEWNET, "net" }, { "kernel/shm", CLONE_NEWIPC, "ipc" }, { "kernel/msg", CLONE_NEWIPC, "ipc" },
		{ "kernel/sem", CLONE_NEWIPC, "ipc" }, { "fs/mqueue/", CLONE_NEWIPC, "ipc" },
		{ "kernel/domainname", CLONE_NEWUTS, "uts" },
	};

	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		if (strncmp(name, ours[i].begins, strlen(ours[i].begins)) == 0)
			return has_namespace(s, ours[i].kind) && with(s, ours[i].brick);
	return false;
}

/* A file of the root file system's own /proc would change the host, too, if it is a link: our root directory is still the host's. */
int sysctl_inside(struct container *c)
{
	if (!with(c->spec, "proc"))
		return 0;
	for (const struct sysctl *s = c->spec->sysctls; s && s->name; s++) {
		CLOSED int directory = -1;

		if (!is_its_own(c->spec, s->name))
			return fail(&c->error, "--sysctl %s: it would change the host; a container has its own net, kernel.shm*, "
				    "kernel.msg*, kernel.sem, fs.mqueue and kernel.domainname", s->name);
		directory = open_in_root(c, "/proc/sys", 0);
		if (directory >= 0 && !is_on(directory, PROC_SUPER_MAGIC))
			return fail(&c->error, "--sysctl %s: the container has no procfs at /proc to set it; mount one", s->name);
		if (directory == -1 || put(&c->error, "set a sysctl", directory, s->name, s->value) == -1)
			return wrap(&c->error, "--sysctl");
	}
	return 0;
}

int mount_proc(struct container *c, const struct mount *m, int place)
{
	return mount_at(c, m, place) == 0 ? 0 :
	       remedy(&c->error, EPERM, "if an outer container masks its /proc, a user namespace can't mount another; "
		      "start the outer container with --security-opt systempaths=unconfined");
}
