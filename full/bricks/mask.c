/*
 * mask.c - protects the kernel behind /proc and /sys: covers the files with secrets, and makes the files that change the
 * kernel read-only. The lists are those of containerd.
 *
 *   see      box run ROOTFS sh -c 'cat /proc/kcore | wc -c; echo 1 >/proc/sys/vm/drop_caches'
 *   break    box run --without mask ROOTFS sh -c 'echo 1 >/proc/sys/vm/drop_caches'
 *   read     proc(5); CVE-2019-16884, CVE-2025-31133: this must be the real /proc, and the real /dev/null
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "bricks/brick.h"
#include "bricks/mount.h"

/* A kernel may lack some of the files. */
static int gone(struct container *c, const char *path)
{
	return errno == ENOENT ? 0 : fail_call(&c->error, "cover a file of the host's kernel", "mount(\"%s\")", path);
}

static int make_read_only(struct container *c, const char *path)
{
	if (MAY("make it a mount point", mount(path, path, NULL, MS_BIND | MS_REC, NULL),
		"mount(\"%s\", \"%s\", NULL, MS_BIND | MS_REC, NULL)", path, path) == -1)
		return gone(c, path);
	return SHOW(&c->error, "make it read-only",
		    mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL),
		    "mount(NULL, \"%s\", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL)", path);
}

/* Our root directory is still the host's: its /dev/null is the one that no image and no volume can replace. */
static int check_null(struct container *c)
{
	struct stat it;

	if (stat("/dev/null", &it) == 0 && S_ISCHR(it.st_mode) && it.st_rdev == makedev(1, 3))
		return 0;
	return fail(&c->error, "the host's /dev/null is not the right device; create it again with mknod(1)");
}

/*
 * Cover a file with /dev/null, and a directory with an empty tmpfs: once it is mounted, *EMPTY is where, and a bind mount is cheaper.
 * We ask first which of both it is: a mount that fails because it is the other one costs more than all the others together.
 */
static int cover(struct container *c, const char *path, const char **empty)
{
	const char *source = *empty ? *empty : "tmpfs", *options = *empty ? NULL : "size=0";
	const unsigned long flags = *empty ? MS_BIND : MS_RDONLY;
	struct stat it;

	if (stat(path, &it) == -1)
		return gone(c, path);
	if (!S_ISDIR(it.st_mode))
		return SHOW(&c->error, "cover it", mount("/dev/null", path, NULL, MS_BIND, NULL),
			    "mount(\"/dev/null\", \"%s\", NULL, MS_BIND, NULL)", path);
	if (SHOW(&c->error, "cover it", mount(source, path, "tmpfs", flags, options),
		 "mount(\"%s\", \"%s\", \"tmpfs\", 0x%lx, \"%s\")", source, path, flags, options ? options : "") == -1)
		return -1;
	*empty = path;
	return 0;
}

/* A path of the kernel's own file systems has no link that an image or a volume could have put there. */
static bool is_kernels(const char *path)
{
	return strncmp(path, "/proc/", 6) == 0 || strncmp(path, "/sys/", 5) == 0;
}

/* Only engines ask for other paths. The container's root resolves them, with their links. */
static int protect_elsewhere(struct container *c, const char *path, bool hide)
{
	const struct mount nothing = { .type = "tmpfs", .target = path, .flags = MS_RDONLY, .options = "size=0" };
	CLOSED int place = open_in_root(c, path, 0), null = -1;
	struct stat it;

	if (place == -1 || fstat(place, &it) == -1)
		return c->error.number == ENOENT || c->error.number == ENOTDIR ? 0 : -1;
	if (!hide)
		return bind_on(c, place, place, true);
	if (S_ISDIR(it.st_mode))
		return mount_at(c, &nothing, place) == -1 ? -1 : fchdir(c->tree);
	null = open("/dev/null", O_PATH | O_CLOEXEC);
	return bind_on(c, null, place, false);
}

int mask_inside(struct container *c)
{
	const char *empty = NULL;
	int result = 0;

	if (!with(c->spec, "proc") || !with(c->spec, "sys"))
		return 0;
	if (check_null(c) == -1)
		return -1;
	for (char **path = c->spec->masked; path && *path && result == 0; path++)
		result = is_kernels(*path) ? cover(c, *path + 1, &empty) : protect_elsewhere(c, *path, true);
	for (char **path = c->spec->read_only_paths; path && *path && result == 0; path++)
		result = is_kernels(*path) ? make_read_only(c, *path + 1) : protect_elsewhere(c, *path, false);
	return result;
}
