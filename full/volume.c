/*
 * volume.c - --volume and --tmpfs: the last mounts, onto what is there by now.
 *
 * DST is found as the container would find it (openat2(2), RESOLVE_IN_ROOT), and held by a descriptor until the
 * mount is there: no name is looked up twice (CVE-2021-30465). Not in /proc: what guards it stands there (CVE-2019-16884).
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
	struct statfs it;

	if (place >= 0 && fstatfs(place, &it) == 0 && it.f_type == PROC_SUPER_MAGIC) {
		close(place);
		return fail(&c->error, "%s lies in /proc, where nothing may be mounted", target);
	}
	return place;
}

static int mount_volume(struct container *c, const struct volume *v)
{
	CLOSED int source = SHOW(&c->error, "have a hold of the host's files", open(v->source, O_PATH | O_CLOEXEC),
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

	if (place == -1 || SHOW(&c->error, "stand there", fchdir(place), "fchdir(%d<%s>)", place, t->target) == -1)
		return wrap(&c->error, "--tmpfs %s", t->target);
	if (SHOW(&c->error, "have an empty file system there", mount("tmpfs", ".", "tmpfs", t->flags, t->options),
		 "mount(\"tmpfs\", \"%s\", \"tmpfs\", 0x%lx, \"%s\")", t->target, t->flags, t->options) == -1)
		return remedy(&c->error, EINVAL, "tmpfs(5) has the options");
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
