/*
 * dev.c - step 3's /dev: the few devices that every program needs, and those of the spec, wherever they are.
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

/* In our working directory. Only real root may create devices: in a user namespace, ours or our caller's, we bind mount the host's. */
static int make_node(struct container *c, const struct device *d)
{
	const char *path = strrchr(d->path, '/') + 1;
	const dev_t number = makedev(d->major, d->minor);
	struct stat it;

	if (MAY("create the device", mknod(path, d->mode, number), "mknod(\"%s\", 0%o, makedev(%u, %u))", path, d->mode,
		d->major, d->minor) == 0)
		return d->user || d->group ? DO(&c->error, "give it its owner", chown(path, d->user, d->group)) : 0;
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

static bool is_in_dev(const struct device *d)
{
	return strncmp(d->path, "/dev/", 5) == 0 && !strchr(d->path + 5, '/');
}

/* A device of the spec's, wherever it is in the container: symbolic links of the image lead where they lead there. */
static int make_device(struct container *c, const struct device *d)
{
	char directory[PATH_MAX];
	CLOSED int place = -1;

	snprintf(directory, sizeof directory, "%.*s", (int)(strrchr(d->path, '/') + 1 - d->path), d->path);
	place = open_in_root(c, directory, 'd');
	if (place == -1)
		return -1;
	return fchdir(place) == -1 ? fail_call(&c->error, "enter the device's directory", "fchdir(\"%s\")", directory) : make_node(c, d);
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

/* What every container gets on its /dev, whose descriptor is c->dev. No path leads elsewhere: each is a name in our working directory. */
static int fill(struct container *c)
{
	if (fchdir(c->dev) == -1)
		return fail_call(&c->error, "enter the new /dev", "fchdir(%d)", c->dev);
	for (const struct device *d = c->spec->devices; d && d->path; d++)	/* first: it may list ours, with other modes */
		if (is_in_dev(d) && make_node(c, d) == -1)
			return -1;
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
		if (make_node(c, &nodes[i]) == -1)
			return -1;
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		if (make_link(c, links[i][0], links[i][1]) == -1)
			return -1;
	return 0;
}

static int open_and_fill(struct container *c)
{
	int result;

	close_it(&c->dev);
	c->dev = open_strictly(c, "/dev");
	if (c->dev == -1)
		return -1;
	umask(0);
	result = fill(c);
	umask(022);
	return result;
}

/* Even if the spec wants it read-only, we still have to write there. */
int mount_dev(struct container *c, const struct mount *m, int place)
{
	struct mount writable = *m;

	writable.flags &= ~MS_RDONLY;
	return mount_at(c, &writable, place) == -1 ? -1 : open_and_fill(c);
}

/* The last mount on /dev, or NULL. */
static const struct mount *mount_on_dev(const struct spec *s)
{
	const struct mount *last = NULL;

	for (const struct mount *m = s->mounts; m && m->target; m++)
		last = strcmp(m->target, "/dev") == 0 ? m : last;
	return last;
}

/* Without a mount on /dev, what every container gets is in ROOTFS. If the host's files are there, they stay as they are. */
int rest_of_devices(struct container *c)
{
	int result = 0;

	if (!with(c->spec, "dev"))
		return 0;
	if (!mount_on_dev(c->spec) && open_and_fill(c) == -1)
		return -1;
	umask(0);
	for (const struct device *d = c->spec->devices; d && d->path && result == 0; d++)
		if (!is_in_dev(d) && (c->dev >= 0 || strncmp(d->path, "/dev/", 5) != 0))
			result = make_device(c, d);
	umask(022);
	return result;
}

int dev_read_only(struct container *c)
{
	const struct mount *m = mount_on_dev(c->spec);

	if (c->dev == -1 || !m || !(m->flags & MS_RDONLY))
		return 0;
	if (c->spec->process.terminal && SHOW(&c->error, "create a file, to mount the terminal on", mknodat(c->dev, "console", S_IFREG | 0600, 0),
					      "mknodat(%d, \"console\", S_IFREG | 0600)", c->dev) == -1)
		return -1;
	return set_read_only(c, "make /dev read-only", c->dev);
}
