/*
 * overlay.c - the container's root file system: ROOTFS below, and on top a directory for the files that it writes.
 *
 *   see      box run ROOTFS rm /etc/os-release; cat ROOTFS/etc/os-release
 *   break    the same with --write-through
 *   read     step4-pivot/README.md (why a mount point); the kernel's filesystems/overlayfs.rst
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bricks/brick.h"
#include "bricks/mount.h"

/* All containers mount their root here, each in its own mount namespace. */
#define PLACE "/.root"

int overlay_before(struct container *c)
{
	char place[PATH_MAX + sizeof PLACE];

	snprintf(place, sizeof place, "%s" PLACE, c->root);
	if (have_directory(&c->error, "create a mount point for its root", AT_FDCWD, place, 0700) == -1)
		return -1;
	if (!has_overlay(c->spec))
		return 0;
	return have_directory(&c->error, "create a directory for the files that it writes", c->directory, "upper", 0755) == -1 ? -1 :
	       have_directory(&c->error, "create the overlay's work directory", c->directory, "work", 0700);
}

/* volatile: the upper directory is removed with the container, so no sync to the disk is needed. The flags nosuid, nodev
 * and noexec of the host's mount stay in force. */
static int mount_overlay(struct container *c, const char *place, const char *own)
{
	char options[3 * PATH_MAX];
	struct statvfs below;
	unsigned long flags = statvfs(".", &below) == 0 ? below.f_flag & (MS_NOSUID | MS_NODEV | MS_NOEXEC) : 0;

	snprintf(options, sizeof options, "lowerdir=.,upperdir=%s/upper,workdir=%s/work,volatile%s", own, own,
		 creates_namespace(c->spec, CLONE_NEWUSER) ? ",userxattr" : "");
	return SHOW(&c->error, "mount the overlay on top of ROOTFS", mount("overlay", place, "overlay", flags, options),
		    "mount(\"overlay\", \"%s\", \"overlay\", 0x%lx, \"%s\")", place, flags, options);
}

/* If box's directory can't hold the upper directory (it is on an overlay itself), a tmpfs can. It counts towards the memory limit. */
static int mount_in_memory(struct container *c, char place[PATH_MAX])
{
	static const char *const names[] = { "upper", "work", "root" };
	char path[PATH_MAX + 8];

	if (SHOW(&c->error, "mount a tmpfs for the overlay instead", mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755"),
		 "mount(\"tmpfs\", \"%s\", \"tmpfs\", MS_NOSUID | MS_NODEV, \"mode=755\")", place) == -1)
		return -1;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", place, names[i]);
		if (have_directory(&c->error, "create the overlay's directories on the tmpfs", AT_FDCWD, path, 0755) == -1)
			return -1;
	}
	if (mount_overlay(c, path, place) == -1)
		return -1;
	strcat(place, "/root");
	return 0;
}

static int lay_over(struct container *c, char place[PATH_MAX])
{
	char own[PATH_MAX + NAME_MAX + 2];

	snprintf(own, sizeof own, "%s/%s", c->root, c->id);
	if (mount_overlay(c, place, own) == 0 || (c->error.number == EINVAL && mount_in_memory(c, place) == 0))
		return 0;
	return remedy(&c->error, ELOOP, "box's own directory is in ROOTFS; use --write-through, or another BOX_ROOT");
}

/* With --write-through, the container also has the mounts below ROOTFS. Make only those read-only here: the bricks that follow
 * create mount points in the root itself. */
static int make_lower_mounts_read_only(struct container *c)
{
	struct mount_attr attributes = { .attr_set = MOUNT_ATTR_RDONLY };
	struct statvfs root;

	if (!c->spec->read_only || statvfs(".", &root) == -1)
		return 0;
	if (DO(&c->error, "make ROOTFS read-only, with all mounts below it",
	       syscall(SYS_mount_setattr, AT_FDCWD, ".", AT_RECURSIVE, &attributes, sizeof attributes)) == -1)
		return -1;
	attributes = (struct mount_attr){ .attr_clr = MOUNT_ATTR_RDONLY };
	if (root.f_flag & ST_RDONLY)
		return 0;
	return DO(&c->error, "make ROOTFS itself writable again, until all is mounted",
		  syscall(SYS_mount_setattr, AT_FDCWD, ".", 0, &attributes, sizeof attributes));
}

/* Mount at PLACE what is to be the container's root. Its path is in PLACE then. */
static int mount_root(struct container *c, char place[PATH_MAX])
{
	if (has_overlay(c->spec))
		return lay_over(c, place);
	return SHOW(&c->error, "make ROOTFS a mount point", mount(".", place, NULL, MS_BIND | MS_REC, NULL),
		    "mount(\".\", \"%s\", NULL, MS_BIND | MS_REC, NULL)", place);
}

int overlay_inside(struct container *c)
{
	char place[PATH_MAX];
	const char *lower = c->tree >= 0 ? place : c->spec->rootfs;

	snprintf(place, sizeof place, "%.*s" PLACE, PATH_MAX - 16, c->root);
	if (c->tree >= 0 &&
	    SHOW(&c->error, "mount ROOTFS with its owners translated",
		 syscall(SYS_move_mount, c->tree, "", AT_FDCWD, place, MOVE_MOUNT_F_EMPTY_PATH),
		 "move_mount(%d, \"\", AT_FDCWD, \"%s\", MOVE_MOUNT_F_EMPTY_PATH)", c->tree, place) == -1)
		return remedy(&c->error, EACCES, "the container's root is an ordinary user on the host; give others the execute permission on all directories above BOX_ROOT");
	if (SHOW(&c->error, "enter ROOTFS", chdir(lower), "chdir(\"%s\")", lower) == -1)
		return remedy(&c->error, EACCES, "your user lacks the execute permission on a directory of this path; namei -l PATH shows which");
	if (mount_root(c, place) == -1)
		return -1;
	if (SHOW(&c->error, "enter the container's root: all paths below are relative to it", chdir(place), "chdir(\"%s\")", place) == -1)
		return -1;
	if (!has_overlay(c->spec) && make_lower_mounts_read_only(c) == -1)
		return -1;
	c->tree = DO(&c->error, "keep a descriptor of it", open(".", O_PATH | O_CLOEXEC));
	return c->tree;
}

int read_only_inside(struct container *c)
{
	return c->spec->read_only ? set_read_only(c, "make the container's root read-only", c->tree) : 0;
}
