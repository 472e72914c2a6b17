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

#include "bricks/brick.h"
#include "bricks/cgroup.h"
#include "bricks/mount.h"
#include "bricks/user.h"

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

/* Create them one at a time. Each parent directory resolves as it does in the container. */
int make_in_root(struct container *c, const char *path, char kind, int links)
{
	char part[PATH_MAX], leads[PATH_MAX], whole[2 * PATH_MAX];

	for (const char *end = path; *end; ) {
		CLOSED int parent = -1;
		const char *name = end + strspn(end, "/");
		ssize_t length;
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
			return !has_namespace(c->spec, CLONE_NEWUSER) ? -1 :
			       remedy(&c->error, errno, "in a user namespace, the owner of the directory above must be mapped; "
				      "create the mount point before you run box, or use a ROOTFS that belongs to you");
		}
		if (made == -1 && links > 0 && (length = readlinkat(parent, part, leads, sizeof leads)) > 0) {
			snprintf(whole, sizeof whole, "%.*s%.*s%s", *leads == '/' ? 0 : (int)(name - path), path, (int)length, leads, end);
			return make_in_root(c, whole, kind, links - 1);
		}
	}
	return 0;
}

int open_in_root(struct container *c, const char *path, char make)
{
	int fd = MAY("open the path; no symbolic link leads out of ROOTFS", resolve(c->tree, path, O_PATH, RESOLVE_IN_ROOT),
		     "openat2(%d, \"%s\", {O_PATH, RESOLVE_IN_ROOT})", c->tree, path);

	if (fd == -1 && errno == ENOENT && make) {
		if (make_in_root(c, path, make, 0) == -1)
			return -1;
		fd = resolve(c->tree, path, O_PATH, RESOLVE_IN_ROOT);
	}
	return fd != -1 ? fd : fail_call(&c->error, "open a path in ROOTFS", "openat2(\"%s\", RESOLVE_IN_ROOT)", path);
}

bool is_absent(const struct error *e)
{
	return e->number == ENOENT || e->number == EROFS || e->number == EACCES;
}

int open_strictly(struct container *c, const char *path)
{
	const uint64_t strict = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS;
	int place = resolve(c->tree, path, O_PATH | O_DIRECTORY, strict);

	if (place == -1 && errno == ENOENT && make_in_root(c, path, 'd', 0) == 0)
		place = resolve(c->tree, path, O_PATH | O_DIRECTORY, strict);
	return place != -1 ? place :
	       fail_call(&c->error, "open the mount point in ROOTFS as a directory, not through a symbolic link",
			 "openat2(\"%s\", RESOLVE_NO_SYMLINKS)", path);
}

int mount_at(struct container *c, const struct mount *m, int place)
{
	const char *source = m->source ? m->source : m->type;

	if (fchdir(place) == -1)
		return fail_call(&c->error, "enter the mount point", "fchdir(\"%s\")", m->target);
	if (SHOW(&c->error, "mount a file system there", mount(source, ".", m->type, m->flags, m->options),
		 "mount(\"%s\", \"%s\", \"%s\", 0x%lx, \"%s\")", source, m->target, m->type, m->flags, m->options ? m->options : "") == 0)
		return 0;
	return strcmp(m->type, "tmpfs") == 0 ? remedy(&c->error, EINVAL, "tmpfs(5) lists the options") : -1;
}

/* mount_setattr(2) has its own names for the flags of mount(2), and one field for all that say when a read is noted. */
static uint64_t attributes_of(unsigned long flags)
{
	static const struct { unsigned long flag; uint64_t attribute; } all[] = {
		{ MS_RDONLY, MOUNT_ATTR_RDONLY }, { MS_NOSUID, MOUNT_ATTR_NOSUID }, { MS_NODEV, MOUNT_ATTR_NODEV },
		{ MS_NOEXEC, MOUNT_ATTR_NOEXEC }, { MS_NODIRATIME, MOUNT_ATTR_NODIRATIME }, { MS_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW },
		{ MS_NOATIME, MOUNT_ATTR_NOATIME }, { MS_STRICTATIME, MOUNT_ATTR_STRICTATIME },
	};
	uint64_t attributes = 0;

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		attributes |= flags & all[i].flag ? all[i].attribute : 0;
	return attributes;
}

/* Set these flags of the COPY, and clear those; with RECURSIVE (AT_RECURSIVE), and of all mounts below it. */
static int change(struct container *c, int copy, unsigned long set, unsigned long clear, unsigned long propagation, unsigned recursive)
{
	const uint64_t times = set & (MS_NOATIME | MS_RELATIME | MS_STRICTATIME) ? MOUNT_ATTR__ATIME : 0;
	const uint64_t others = attributes_of(clear) & ~(uint64_t)MOUNT_ATTR__ATIME;
	const struct mount_attr to = { .attr_set = attributes_of(set), .attr_clr = others | times, .propagation = propagation };

	return !to.attr_set && !to.attr_clr && !to.propagation ? 0 :
	       SHOW(&c->error, recursive ? "change the copy, and all mounts below it" : "change the copy",
		    syscall(SYS_mount_setattr, copy, "", AT_EMPTY_PATH | recursive, &to, sizeof to),
		    "mount_setattr(%d, \"\", AT_EMPTY_PATH%s, {attr_set=0x%llx, attr_clr=0x%llx, propagation=0x%llx})",
		    copy, recursive ? " | AT_RECURSIVE" : "", to.attr_set, to.attr_clr, to.propagation);
}

int copy_mount(struct container *c, int from, const struct mount *m)
{
	const unsigned recursive = m->flags & MS_REC ? AT_RECURSIVE : 0;
	int copy = SHOW(&c->error, "copy the mount",
			syscall(SYS_open_tree, from, "", AT_EMPTY_PATH | recursive | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC),
			"open_tree(%d, \"\", AT_EMPTY_PATH%s | OPEN_TREE_CLONE)", from, recursive ? " | AT_RECURSIVE" : "");

	if (copy >= 0 && (change(c, copy, m->below, m->cleared, m->propagation, AT_RECURSIVE) == -1 ||
			  change(c, copy, m->flags & ~m->below, 0, 0, 0) == -1))
		close_it(&copy);
	return copy;
}

/* Not mount(2): a remount would clear flags that a user namespace has to keep (nosuid, nodev). */
int set_read_only(struct container *c, const char *why, int mount)
{
	const struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };

	return SHOW(&c->error, why, syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH, &read_only, sizeof read_only),
		    "mount_setattr(%d, \"\", AT_EMPTY_PATH, {MOUNT_ATTR_RDONLY})", mount);
}

int attach_mount(struct container *c, int copy, int onto)
{
	return SHOW(&c->error, "attach the copy to the mount point",
		    syscall(SYS_move_mount, copy, "", onto, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH),
		    "move_mount(%d, \"\", %d, \"\", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH)", copy, onto);
}

int bind_on(struct container *c, int from, int onto, bool read_only)
{
	const struct mount all = { .flags = MS_REC | (read_only ? MS_RDONLY : 0), .below = read_only ? MS_RDONLY : 0 };
	CLOSED int copy = copy_mount(c, from, &all);

	return copy == -1 ? -1 : attach_mount(c, copy, onto);
}

/* ---- /sys ---------------------------------------------------------------------------------------- */

/* Read-only. If the host has none, the error is that of the mount that was tried first. */
static int show_hosts(struct container *c, const char *path, int place)
{
	CLOSED int hosts = open(path, O_PATH | O_CLOEXEC);

	return hosts == -1 ? -1 : bind_on(c, hosts, place, true);
}

/* A user namespace that does not own the network namespace can't mount a sysfs, so show the host's. */
int mount_sys(struct container *c, const struct mount *m, int place)
{
	if (mount_at(c, m, place) == 0)
		return 0;
	return c->error.number == EPERM ? show_hosts(c, "/sys", place) : -1;
}

/* Mount M at PLACE, where the same file system is mounted already: mount(2) refuses that with EBUSY. fsopen(2) */
static int mount_over_itself(struct container *c, const struct mount *m, int place)
{
	CLOSED int context = SHOW(&c->error, "mount it without a place", syscall(SYS_fsopen, m->type, FSOPEN_CLOEXEC), "fsopen(\"%s\")", m->type);
	CLOSED int mounted = -1;

	if (context == -1 ||
	    DO(&c->error, "open the file system", syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0)) == -1)
		return -1;
	mounted = SHOW(&c->error, "mount it", syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes_of(m->flags)),
		       "fsmount(%d, 0, 0x%llx)", context, (unsigned long long)attributes_of(m->flags));
	return mounted == -1 ? -1 : attach_mount(c, mounted, place);
}

/* A user namespace that does not own the cgroup namespace can't mount a cgroup2, so show the host's. */
int mount_cgroup(struct container *c, const struct mount *m, int place)
{
	char path[PATH_MAX];
	const bool its_own = *c->cgroup && creates_namespace(c->spec, CLONE_NEWCGROUP) && with(c->spec, "cgroupns");

	if (!c->spec->engine.owns && !its_own)
		return 0;
	if (mount_at(c, m, place) == 0)
		return 0;
	if (c->error.number == EPERM && find_hierarchy(path))
		return show_hosts(c, path, place);
	return c->error.number == EBUSY ? mount_over_itself(c, m, place) : -1;
}
