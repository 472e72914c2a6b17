/*
 * mount.h - how all bricks mount: no symbolic link in ROOTFS leads a mount out of it.
 */
#ifndef MOUNT_H
#define MOUNT_H

#include "bricks/container.h"

/* How a process in a chroot, whose root directory is no mount point, gets one that mount(2) and pivot_root(2) accept. */
#define ROOT_MOUNT "the root directory must be a mount point whose parent is not shared; for a chroot in DIR, run " \
	"unshare --mount sh -c 'mount --rbind DIR DIR && exec chroot DIR box ...'"

/*
 * Open PATH (O_PATH) in the container's root, which is our working directory. Symbolic links resolve as they do in
 * the container, so none leads out of it. With MAKE, create a missing directory ('d') or file ('f'). openat2(2)
 */
CHECKED int open_in_root(struct container *c, const char *path, char make);

/* The same for a directory, but a symbolic link anywhere in PATH is an error; a missing directory is created. */
CHECKED int open_strictly(struct container *c, const char *path);

/* Create what is missing of PATH: directories, and a file at its end if KIND is 'f'. Where a symbolic link leads nowhere, create what it
 * leads to: follow at most so many LINKS. mkdirat(2) */
CHECKED int make_in_root(struct container *c, const char *path, char kind, int links);

/* How to make the new mount M on the directory at the descriptor PLACE, which becomes our working directory. mount_at() is mount(2) as the spec has it. */
typedef int mounter(struct container *c, const struct mount *m, int place);
mounter mount_at, mount_proc, mount_sys, mount_cgroup, mount_pts, mount_dev;

/* Create the devices that are not on a file system on /dev: those of the spec's that are elsewhere. dev.c */
CHECKED int rest_of_devices(struct container *c);

/* When all that is mounted on /dev is there: make it read-only, if the spec wants that. dev.c */
CHECKED int dev_read_only(struct container *c);

/* Has a path not been opened because it is not there, and can't be created? mount.c */
bool is_absent(const struct error *e);

/* Write the file M->target of the container (hosts, hostname or resolv.conf), and mount it there. etc.c */
CHECKED int mount_etc(struct container *c, const struct mount *m);

/* Copy the mount of the file or directory at the descriptor FROM, with the flags and the propagation of M; propagation 0 leaves it as
 * it is. Returns a descriptor, or -1. open_tree(2), mount_setattr(2) */
CHECKED int copy_mount(struct container *c, int from, const struct mount *m);

/* Make the mount at this descriptor read-only, but not those below it. mount_setattr(2) */
CHECKED int set_read_only(struct container *c, const char *why, int mount);

/* Mount such a copy on the file or directory at the descriptor ONTO. move_mount(2) */
CHECKED int attach_mount(struct container *c, int copy, int onto);

/* Bind-mount the file or directory at the descriptor FROM, with all mounts below it, on the one at the descriptor ONTO: two of the
 * above. */
CHECKED int bind_on(struct container *c, int from, int onto, bool read_only);

#endif
