/*
 * dev.c - step 3's /dev: the few devices that every program needs, and the mounts for IPC and terminals.
 *
 *   see      box run ROOTFS ls -l /dev
 *   break    box run --without dev ROOTFS sh -c 'echo lost >/dev/null'
 *   read     null(4), pts(4), shm_overview(7)
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/say.h"
#include "bricks/brick.h"
#include "bricks/mount.h"

static const struct { const char *path; mode_t mode; unsigned major, minor; } nodes[] = {
	{ "/dev/null", 0666, 1, 3 }, { "/dev/zero", 0666, 1, 5 }, { "/dev/full", 0666, 1, 7 },
	{ "/dev/random", 0666, 1, 8 }, { "/dev/urandom", 0666, 1, 9 }, { "/dev/tty", 0666, 5, 0 },
};

static const char *const links[][2] = {
	{ "/proc/self/fd", "dev/fd" }, { "/proc/self/fd/0", "dev/stdin" }, { "/proc/self/fd/1", "dev/stdout" },
	{ "/proc/self/fd/2", "dev/stderr" }, { "pts/ptmx", "dev/ptmx" },
};

/* Only real root may create devices. In a user namespace, ours or our caller's, we bind mount the host's. */
static int make_node(struct container *c, size_t i)
{
	const char *path = nodes[i].path + 1;
	const dev_t device = makedev(nodes[i].major, nodes[i].minor);
	struct stat it;

	if (MAY("create the device", mknod(path, S_IFCHR | nodes[i].mode, device), "mknod(\"%s\", S_IFCHR | 0%o, makedev(%u, %u))",
		path, nodes[i].mode, nodes[i].major, nodes[i].minor) == 0)
		return 0;
	if (errno != EPERM)
		return fail_call(&c->error, "create the device", "mknod(\"%s\", S_IFCHR)", path);
	if (stat(nodes[i].path, &it) == -1 || !S_ISCHR(it.st_mode) || it.st_rdev != device)
		return fail(&c->error, "the host's %s is not the right device; create it again with mknod(1)", nodes[i].path);
	if (SHOW(&c->error, "create a file to mount on", mknod(path, S_IFREG | 0666, 0), "mknod(\"%s\", S_IFREG, 0)", path) == -1)
		return -1;
	return SHOW(&c->error, "bind mount the host's device there", mount(nodes[i].path, path, NULL, MS_BIND, NULL),
		    "mount(\"%s\", \"%s\", NULL, MS_BIND, NULL)", nodes[i].path, path);
}

/* --privileged: create every device of the host, by its number. */
static int make_all_nodes(struct container *c)
{
	DIR *all LISTED = opendir("/dev");
	struct dirent *entry;
	struct stat it;
	char path[NAME_MAX + 8];

	while (all && (entry = readdir(all))) {
		snprintf(path, sizeof path, "dev/%s", entry->d_name);
		if (fstatat(dirfd(all), entry->d_name, &it, AT_SYMLINK_NOFOLLOW) == 0 &&
		    (S_ISCHR(it.st_mode) || S_ISBLK(it.st_mode)) &&
		    mknod(path, it.st_mode, it.st_rdev) == -1 && errno != EEXIST)
			return fail_call(&c->error, "create a device of the host", "mknod(\"%s\")", path);
	}
	return 0;
}

/* With only one mapped ID, devpts refuses gid=5, the group of terminals. */
static int make_pts(struct container *c)
{
	const unsigned long flags = MS_NOSUID | MS_NOEXEC;

	if (DO(&c->error, "create a mount point for terminals", mkdir("dev/pts", 0755)) == -1)
		return -1;
	if (MAY("mount terminals of its own", mount("devpts", "dev/pts", "devpts", flags, "newinstance,ptmxmode=666,mode=620,gid=5"),
		"mount(\"devpts\", \"dev/pts\", \"devpts\", ..., \"newinstance,ptmxmode=666,mode=620,gid=5\")") == 0)
		return 0;
	return DO(&c->error, "mount terminals of its own", mount("devpts", "dev/pts", "devpts", flags, "newinstance,ptmxmode=666,mode=620"));
}

static int make_ipc(struct container *c)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	char options[48];

	snprintf(options, sizeof options, "mode=1777,size=%llu", (unsigned long long)c->spec->shm_size);
	if (DO(&c->error, "create a mount point for shared memory", mkdir("dev/shm", 01777)) == -1 ||
	    SHOW(&c->error, "mount shared memory of its own", mount("tmpfs", "dev/shm", "tmpfs", flags, options),
		 "mount(\"tmpfs\", \"dev/shm\", \"tmpfs\", 0x%lx, \"%s\")", flags, options) == -1 ||
	    DO(&c->error, "create a mount point for message queues", mkdir("dev/mqueue", 0755)) == -1)
		return -1;
	if (!with(c->spec, "ipc"))
		return 0;
	return DO(&c->error, "mount message queues of its own", mount("mqueue", "dev/mqueue", "mqueue", flags, NULL));
}

int dev_inside(struct container *c)
{
	umask(0);
	if (mount_on(c, "tmpfs", "dev", MS_NOSUID | MS_NOEXEC, "mode=755,size=64m") == -1)
		return -1;
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
		if (make_node(c, i) == -1)
			return -1;
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		if (SHOW(&c->error, "create the usual links", symlink(links[i][0], links[i][1]),
			 "symlink(\"%s\", \"%s\")", links[i][0], links[i][1]) == -1)
			return -1;
	if ((c->spec->privileged && !c->spec->userns && make_all_nodes(c) == -1) || make_pts(c) == -1 || make_ipc(c) == -1)
		return -1;
	umask(022);
	return 0;
}
