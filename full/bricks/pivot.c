/*
 * pivot.c - step 4: make the container's root file system the root mount, and remove the host's.
 *
 *   see      box run ROOTFS cat /etc/os-release
 *   break    box run --without detach ROOTFS ls /tmp
 *   read     step4-pivot/README.md; pivot_root(2)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bricks/brick.h"
#include "bricks/mount.h"

/* pivot_root(".", ".") stacks the old root on the new one, and needs no directory for it. With --without detach, the old
 * root goes to /tmp, where you can look at it. */
int pivot_inside(struct container *c)
{
	const char *old = with(c->spec, "detach") ? "." : "tmp";

	if (SHOW(&c->error, "make it the root mount, and move the old root aside", syscall(SYS_pivot_root, ".", old),
		 "pivot_root(\".\", \"%s\")", old) == -1)
		return remedy(&c->error, EINVAL, ROOT_MOUNT);
	return DO(&c->error, "enter the new root", chdir("/"));
}

int detach_inside(struct container *c)
{
	if (!with(c->spec, "pivot"))
		return 0;
	if (DO(&c->error, "detach the host's tree, with all mounts below it", umount2(".", MNT_DETACH)) == -1)
		return -1;
	return !c->spec->propagation ? 0 :
	       SHOW(&c->error, "pass mounts below the root on as the spec says", mount(NULL, "/", NULL, c->spec->propagation, NULL),
		    "mount(NULL, \"/\", NULL, 0x%lx, NULL)", c->spec->propagation);
}
