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

/*
 * Mount a file system of TYPE on the directory TARGET of the container's root. A missing directory is created. A
 * symbolic link is an error: later mounts go below TARGET, and must not land elsewhere. mount(2)
 */
CHECKED int mount_on(struct container *c, const char *type, const char *target, unsigned long flags,
		     const char *options);

/* Copy the mount of the file or directory at the descriptor FROM, with all mounts below it. PROPAGATION: MS_PRIVATE, MS_SLAVE or
 * MS_SHARED; 0 leaves it as it is. Returns a descriptor, or -1. open_tree(2), mount_setattr(2) */
CHECKED int copy_mount(struct container *c, int from, bool read_only, unsigned long propagation);

/* Mount such a copy on the file or directory at the descriptor ONTO. move_mount(2) */
CHECKED int attach_mount(struct container *c, int copy, int onto);

/* Bind-mount the file or directory at the descriptor FROM, with all mounts below it, on the one at the descriptor ONTO.
 * open_tree(2), mount_setattr(2), move_mount(2) */
CHECKED int bind_on(struct container *c, int from, int onto, bool read_only);

#endif
