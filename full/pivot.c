/*
 * pivot.c - step 4: its root file system becomes the root mount, and the host's goes.
 *
 *   see      box run ROOTFS cat /etc/os-release
 *   break    box run --without detach ROOTFS ls /tmp
 *   read     step4-pivot/README.md; pivot_root(2)
 */
#define _GNU_SOURCE
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bricks.h"

/* pivot_root(".", ".") puts the old root on top of the new one, and needs no directory for it. Only if it is to
 * stay do we put it where the reader finds it. */
int pivot_inside(struct container *c)
{
	const char *old = with(c, "detach") ? "." : "tmp";

	return SHOW(&c->error, "make it the root, and put the old one aside", syscall(SYS_pivot_root, ".", old),
		    "pivot_root(\".\", \"%s\")", old) == -1 ? -1 :
	       DO(&c->error, "stand in the new root", chdir("/"));
}

int detach_inside(struct container *c)
{
	if (!with(c, "pivot"))
		return 0;
	return DO(&c->error, "let go of the host's tree, with all that is mounted in it", umount2(".", MNT_DETACH));
}
