/*
 * dev.c - step 3's /dev: the few devices that every program needs, and the mount points for IPC and terminals.
 *
 *   see      box run ROOTFS ls -l /dev
 *   break    box run --without dev ROOTFS sh -c 'echo lost >/dev/null'
 *   read     null(4), pts(4), shm_overview(7)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/say.h"
#include "bricks/brick.h"
#include "bricks/mount.h"

static const struct device nodes[] = {
	{ "/dev/null", S_IFCHR | 0666, 1, 3, 0, 0 }, { "/dev/zero", S_IFCHR | 0666, 1, 5, 0, 0 }, { "/dev/full", S_IFCHR | 0666, 1, 7, 0, 0 },
	{ "/dev/random", S_IFCHR | 0666, 1, 8, 0, 0 }, { "/dev/urandom", S_IFCHR | 0666, 1, 9, 0, 0 }, { "/dev/tty", S_IFCHR | 0666, 5, 0, 0, 0 },
};

static const char *const links[][2] = {
	{ "/proc/self/fd", "fd" }, { "/proc/self/fd/0", "stdin" }, { "/proc/self/fd/1", "stdout" }, { "/proc/self/fd/2", "stderr" },
	{ "pts/ptmx", "ptmx" }, { "/proc/kcore", "core" },
};

static const char *const mount_points[] = { "pts", "shm", "mqueue" };

/* For /dev/net/tun, for example. */
static int make_parents(struct container *c, const char *path)
{
	char parent[PATH_MAX];

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(parent, sizeof parent, "%.*s", (int)(slash - path), path);
		if (MAY("create its directory", mkdir(parent, 0755), "mkdir(\"%s\", 0755)", parent) == -1 && errno != EEXIST)
			return fail_call(&c->error, "create the device's directory", "mkdir(\"%s\")", parent);
	}
	return 0;
}

/* Only real root may create devices. In a user namespace, ours or our caller's, we bind mount the host's. */
static int make_node(struct container *c, const struct device *d)
{
	const char *path = d->path + strlen("/dev/") + strspn(d->path + strlen("/dev/"), "/");
	const dev_t number = makedev(d->major, d->minor);
	struct stat it;

	if (make_parents(c, path) == -1)
		return -1;
	if (MAY("create the device", mknod(path, d->mode, number), "mknod(\"%s\", 0%o, makedev(%u, %u))", path, d->mode,
		d->major, d->minor) == 0)
		return !d->user && !d->group ? 0 : DO(&c->error, "give it its owner", chown(path, d->user, d->group));
	if (errno == EEXIST)	/* the spec lists it, as one of ours or twice */
		return 0;
	if (errno != EPERM)
		return fail_call(&c->error, "create the device", "mknod(\"%s\", 0%o)", path, d->mode);
	if (stat(d->path, &it) == -1 || (it.st_mode & S_IFMT) != (d->mode & S_IFMT) || it.st_rdev != number)
		return fail(&c->error, "the host's %s is not the right device; create it again with mknod(1)", d->path);
	if (SHOW(&c->error, "create a file to mount on", mknod(path, S_IFREG | 0666, 0), "mknod(\"%s\", S_IFREG, 0)", path) == -1)
		return -1;
	return SHOW(&c->error, "bind mount the host's device there", mount(d->path, path, NULL, MS_BIND, NULL),
		    "mount(\"%s\", \"%s\", NULL, MS_BIND, NULL)", d->path, path);
}

/* With only one mapped ID, devpts refuses gid=5, the group of terminals. */
int mount_pts(struct container *c, const struct mount *m, int place)
{
	struct mount without_group = *m;
	const char *group = m->options ? strstr(m->options, ",gid=") : NULL;
	char options[256];

	if (mount_at(c, m, place) == 0)
		return 0;
	if (!group || c->error.number != EINVAL)
		return -1;
	snprintf(options, sizeof options, "%.*s%s", (int)(group - m->options), m->options, group + 1 + strcspn(group + 1, ","));
	without_group.options = options;
	return mount_at(c, &without_group, place);
}

/* The spec may list /dev/ptmx as a device, but it has to be that of our devpts. */
static int make_link(struct container *c, const char *target, const char *path)
{
	static const char why[] = "create the usual links";

	if (MAY(why, symlink(target, path), "symlink(\"%s\", \"%s\")", target, path) == 0)
		return 0;
	return errno == EEXIST && unlink(path) == 0 && symlink(target, path) == 0 ? 0 : fail_call(&c->error, why, "symlink(\"%s\")", path);
}

/* What every container gets on its /dev. Relative to our working directory, no path leads elsewhere: the file system is new. */
static int fill(struct container *c)
{
	for (const struct device *d = c->spec->devices; d && d->path; d++)	/* before the links: so no link leads elsewhere */
		if (make_node(c, d) == -1)
			return -1;
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
		if (make_node(c, &nodes[i]) == -1)
			return -1;
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		if (make_link(c, links[i][0], links[i][1]) == -1)
			return -1;
	for (size_t i = 0; i < sizeof mount_points / sizeof *mount_points; i++)
		if (SHOW(&c->error, "create the usual mount points", mkdir(mount_points[i], 0755), "mkdir(\"%s\", 0755)", mount_points[i]) == -1 &&
		    c->error.number != EEXIST)
			return -1;
	return 0;
}

/* Even if the spec wants it read-only, we still have to write there. */
int mount_dev(struct container *c, const struct mount *m, int place)
{
	struct mount writable = *m;
	int result;

	writable.flags &= ~MS_RDONLY;
	if (mount_at(c, &writable, place) == -1)
		return -1;
	close_it(&c->dev);
	c->dev = open_strictly(c, m->target);
	if (c->dev == -1 || fchdir(c->dev) == -1)
		return fail_call(&c->error, "enter the new /dev", "fchdir(%d)", c->dev);
	umask(0);
	result = fill(c);
	umask(022);
	return result;
}

static bool wants_read_only(const struct spec *s)
{
	for (const struct mount *m = s->mounts; m && m->target; m++)
		if (strcmp(m->target, "/dev") == 0 && m->flags & MS_RDONLY)
			return true;
	return false;
}

int dev_read_only(struct container *c)
{
	const struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };

	if (c->dev == -1 || !wants_read_only(c->spec))
		return 0;
	if (c->spec->process.terminal && SHOW(&c->error, "create a file, to mount the terminal on", mknodat(c->dev, "console", S_IFREG | 0600, 0),
					      "mknodat(%d, \"console\", S_IFREG | 0600)", c->dev) == -1)
		return -1;
	return SHOW(&c->error, "make /dev read-only", syscall(SYS_mount_setattr, c->dev, "", AT_EMPTY_PATH, &read_only, sizeof read_only),
		    "mount_setattr(%d, \"\", AT_EMPTY_PATH, {MOUNT_ATTR_RDONLY})", c->dev);
}
