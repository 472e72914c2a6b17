/*
 * volume.c - --volume and --tmpfs: the last mounts, on top of the others.
 *
 * DST is looked up as the container would do it (openat2(2), RESOLVE_IN_ROOT). A descriptor refers to it until the mount
 * is made, so no name is looked up twice (CVE-2021-30465). DST can't be in /proc, whose mounts protect the host (CVE-2019-16884).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "bricks.h"

static int place_of(struct container *c, const char *target, char make)
{
	int place = open_in_root(c, target, make);
	struct stat here, root;
	struct statfs it;

	if (place >= 0 && fstat(place, &here) == 0 && fstat(c->tree, &root) == 0 &&
	    here.st_dev == root.st_dev && here.st_ino == root.st_ino) {
		close(place);
		return fail(&c->error, "%s leads to the root directory: a mount there would be hidden; choose another DST", target);
	}
	if (place >= 0 && fstatfs(place, &it) == 0 && it.f_type == PROC_SUPER_MAGIC) {
		close(place);
		return fail(&c->error, "%s is in /proc, where box mounts nothing; use another DST", target);
	}
	return place;
}

static int mount_volume(struct container *c, const struct volume *v)
{
	CLOSED int source = SHOW(&c->error, "open the host's files", open(v->source, O_PATH | O_CLOEXEC),
				 "open(\"%s\", O_PATH | O_CLOEXEC)", v->source);
	CLOSED int place = -1;
	struct stat it;

	if (source == -1 || fstat(source, &it) == -1)
		return -1;
	place = place_of(c, v->target, S_ISDIR(it.st_mode) ? 'd' : 'f');
	if (place == -1 || bind_on(c, source, place, v->read_only) == -1)
		return wrap(&c->error, "volume %s:%s", v->source, v->target);
	return 0;
}

static int mount_tmpfs(struct container *c, const struct tmpfs *t)
{
	CLOSED int place = place_of(c, t->target, 'd');

	if (place == -1 || SHOW(&c->error, "enter the mount point", fchdir(place), "fchdir(%d<%s>)", place, t->target) == -1)
		return wrap(&c->error, "--tmpfs %s", t->target);
	if (SHOW(&c->error, "mount a tmpfs there", mount("tmpfs", ".", "tmpfs", t->flags, t->options),
		 "mount(\"tmpfs\", \"%s\", \"tmpfs\", 0x%lx, \"%s\")", t->target, t->flags, t->options) == -1)
		return remedy(&c->error, EINVAL, "tmpfs(5) lists the options");
	return fchdir(c->tree);
}

int volume_inside(struct container *c)
{
	for (const struct tmpfs *t = c->spec->tmpfs; t && t->target; t++)
		if (mount_tmpfs(c, t) == -1)
			return -1;
	for (const struct volume *v = c->spec->volumes; v && v->source; v++)
		if (mount_volume(c, v) == -1)
			return -1;
	return 0;
}
