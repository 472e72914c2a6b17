/*
 * mount.c - step 3: a mount table of its own. Also the functions with which all bricks mount: no symbolic link in ROOTFS can
 * lead a mount out of ROOTFS.
 *
 *   see      box run ROOTFS cat /proc/self/mountinfo
 *   break    box run --without sys ROOTFS ls /sys
 *   read     step3-mount/README.md; mount_namespaces(7), openat2(2)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/say.h"
#include "bricks/brick.h"
#include "bricks/mount.h"
#include "bricks/user.h"

unsigned long mount_flags(const struct spec *s UNUSED)
{
	return CLONE_NEWNS;
}

/* On most hosts, / is a shared mount: without this line, what we mount below it would propagate to the host. */
int mount_inside(struct container *c)
{
	if (DO(&c->error, "keep our mounts to ourselves", mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) == 0)
		return 0;
	remedy(&c->error, EINVAL, ROOT_MOUNT);
	return user_blocked(c);
}

/* ---- Mounting ------------------------------------------------------------------------------------ */

static int resolve(int tree, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = resolve };
	int fd;

	do	/* after "..", openat2(2) fails with EAGAIN if somebody has renamed or mounted something meanwhile */
		fd = syscall(SYS_openat2, tree, path, &how, sizeof how);
	while (fd == -1 && errno == EAGAIN);
	return fd;
}

/* Create the missing components of PATH, one at a time. Each parent directory resolves as it does in the container. */
static int make_in_root(struct container *c, const char *path, char kind)
{
	char part[PATH_MAX];

	for (const char *end = path; *end; ) {
		CLOSED int parent = -1;
		const char *name = end + strspn(end, "/");
		int made;

		end = name + strcspn(name, "/");
		snprintf(part, sizeof part, "/%.*s", (int)(name - path), path);
		parent = resolve(c->tree, part, O_PATH | O_DIRECTORY, RESOLVE_IN_ROOT);
		snprintf(part, sizeof part, "%.*s", (int)(end - name), name);
		if (parent == -1)
			return fail_call(&c->error, "open the mount point's parent directory",
					 "openat2(\"%s\", RESOLVE_IN_ROOT)", path);
		if (kind == 'f' && !*end)
			made = mknodat(parent, part, S_IFREG | 0644, 0);
		else
			made = mkdirat(parent, part, 0755);
		if (*part && made == -1 && errno != EEXIST) {
			fail_call(&c->error, "create the mount point", "%s in ROOTFS", path);
			return !c->spec->userns ? -1 :
			       remedy(&c->error, errno, "in a user namespace, the owner of the directory above must be mapped; "
				      "create the mount point before you run box, or use a ROOTFS that belongs to you");
		}
	}
	return 0;
}

int open_in_root(struct container *c, const char *path, char make)
{
	int fd = MAY("open the path; no symbolic link leads out of ROOTFS", resolve(c->tree, path, O_PATH, RESOLVE_IN_ROOT),
		     "openat2(%d, \"%s\", {O_PATH, RESOLVE_IN_ROOT})", c->tree, path);

	if (fd == -1 && errno == ENOENT && make) {
		if (make_in_root(c, path, make) == -1)
			return -1;
		fd = resolve(c->tree, path, O_PATH, RESOLVE_IN_ROOT);
	}
	return fd != -1 ? fd : fail_call(&c->error, "open a path in ROOTFS", "openat2(\"%s\", RESOLVE_IN_ROOT)", path);
}

int mount_on(struct container *c, const char *type, const char *target, unsigned long flags, const char *options)
{
	CLOSED int place = resolve(c->tree, target, O_PATH | O_DIRECTORY, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);

	if (place == -1 && errno == ENOENT && make_in_root(c, target, 'd') == 0)
		place = resolve(c->tree, target, O_PATH | O_DIRECTORY, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
	if (place == -1)
		return fail_call(&c->error, "open the mount point in ROOTFS as a directory, not through a symbolic link",
				 "openat2(\"%s\", RESOLVE_NO_SYMLINKS)", target);
	if (fchdir(place) == -1)
		return fail_call(&c->error, "enter the mount point", "fchdir(\"%s\")", target);
	if (SHOW(&c->error, "mount a file system there", mount(type, ".", type, flags, options),
		 "mount(\"%s\", \"%s\", \"%s\", 0x%lx, \"%s\")", type, target, type, flags, options ? options : "") == -1)
		return -1;
	return fchdir(c->tree);
}

int copy_mount(struct container *c, int from, bool read_only, unsigned long propagation)
{
	const struct mount_attr attributes = { .attr_set = read_only ? MOUNT_ATTR_RDONLY : 0, .propagation = propagation };
	int copy = SHOW(&c->error, "copy the mount",
			syscall(SYS_open_tree, from, "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC),
			"open_tree(%d, \"\", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE)", from);

	if (copy >= 0 && (read_only || propagation) &&
	    SHOW(&c->error, "change the copy, and all mounts below it",
		 syscall(SYS_mount_setattr, copy, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof attributes),
		 "mount_setattr(%d, \"\", AT_EMPTY_PATH | AT_RECURSIVE, {%spropagation=0x%lx})", copy, read_only ? "MOUNT_ATTR_RDONLY, " : "",
		 propagation) == -1)
		close_it(&copy);
	return copy;
}

int attach_mount(struct container *c, int copy, int onto)
{
	return SHOW(&c->error, "attach the copy to the mount point",
		    syscall(SYS_move_mount, copy, "", onto, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH),
		    "move_mount(%d, \"\", %d, \"\", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH)", copy, onto);
}

int bind_on(struct container *c, int from, int onto, bool read_only)
{
	CLOSED int copy = copy_mount(c, from, read_only, 0);

	return copy == -1 ? -1 : attach_mount(c, copy, onto);
}

/* ---- /sys ---------------------------------------------------------------------------------------- */

/* A user namespace that does not own the network namespace can't mount a sysfs, so show the host's, read-only. */
static int show_hosts_sys(struct container *c)
{
	CLOSED int hosts = open("/sys", O_PATH | O_CLOEXEC), place = open_in_root(c, "/sys", 'd');

	return place == -1 ? -1 : bind_on(c, hosts, place, true);
}

int sys_inside(struct container *c)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC | (c->spec->privileged ? 0 : MS_RDONLY);

	if (mount_on(c, "sysfs", "sys", flags, NULL) == -1 &&
	    (c->error.number != EPERM || fchdir(c->tree) == -1 || show_hosts_sys(c) == -1))
		return -1;
	if (!*c->cgroup || !c->spec->cgroupns || !with(c->spec, "cgroupns"))
		return 0;
	return SHOW(&c->error, "let it read its limits", mount("cgroup2", "sys/fs/cgroup", "cgroup2", flags, NULL),
		    "mount(\"cgroup2\", \"sys/fs/cgroup\", \"cgroup2\", 0x%lx, NULL)", flags);
}
