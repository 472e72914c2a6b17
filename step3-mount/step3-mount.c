/*
 * step3-mount - step 2 with files of its own: mounts under ROOTFS, which chroot(2) enters.
 *
 *   new here   propagation explained; /proc, /sys, /dev, /tmp and volumes; chroot
 *   see        sudo step3-mount/step3-mount build/rootfs cat /etc/os-release
 *   break      sudo step3-mount/step3-mount --without chroot build/rootfs cat /etc/os-release
 *   read       step3-mount/README.md; mount_namespaces(7), mount(2), chroot(2)
 *
 * Build: cc -o step3-mount step3-mount.c
 */
#define _GNU_SOURCE
#define STEP "step3-mount"
#include <limits.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include "workbench.h"

/* What the user asked for. */
struct container {
	char *hostname;
	char *rootfs;
	struct volume { char *src, *dst; bool read_only; } *volumes;	/* the last one has no src */
	char **command;
};
static void make_tree(const struct container *c);

/* The child starts here, already in its new namespaces. */
static int inside(void *container)
{
	const struct container *c = container;

	wait_for_go();

	if (with("uts"))
		DO_AS("give the container a hostname of its own", sethostname(c->hostname, strlen(c->hostname)),
		      "sethostname(\"%s\", %zu)", c->hostname, strlen(c->hostname));

	/* On most hosts / is shared: without this, every mount below would appear on the host, too. */
	DO("keep our mounts to ourselves", mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));

	DO_AS("enter ROOTFS: all paths below are relative to it", chdir(c->rootfs), "chdir(\"%s\")", c->rootfs);
	if (with("proc"))
		DO("let ps read our PIDs instead of the host's",
		   mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
	make_tree(c);

	if (with("chroot")) {
		DO("make ROOTFS the root of every path", chroot("."));
		DO("stand in the new root", chdir("/"));
	}
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);

	return become(c->command);
}

/* What the host does. */
static int outside(struct container *c)
{
	static char stack[1 << 18] __attribute__((aligned(16)));
	int flags = CLONE_NEWNS | SIGCHLD;

	if (with("pid"))
		flags |= CLONE_NEWPID;
	if (with("uts"))
		flags |= CLONE_NEWUTS;

	prepare();
	child = DO_AS("start the container in namespaces of its own",
		      clone(inside, stack + sizeof stack, flags, c),
		      "clone(inside, stack, %s, c)", names_of(flags));
	give_go();
	return wait_for_end();
}

/* ---- Files: what is mounted in ROOTFS (step 3) ------------------------------------------------- */

/* Which of the file systems that are mounted anew covers DST in ROOTFS? NULL if none does. */
static const char *cover_of(const char *dst)
{
	static const char *const names[] = { "proc", "sys", "dev", "tmp" };	/* the bricks, too */

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t length = strlen(names[i]);

		if (strncmp(dst + 1, names[i], length) == 0 && dst[length + 1] == '/' && with(names[i]))
			return names[i];
	}
	return NULL;
}

/* Open DST as the container will see it: symbolic links and ".." can't lead out of ROOTFS, where we are. */
static int open_in_rootfs(const char *dst)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };
	struct stat root, found;
	int fd = TRY_AS("find the mount point without leaving ROOTFS",
			syscall(SYS_openat2, AT_FDCWD, dst, &how, sizeof how),
			"openat2(AT_FDCWD, \"%s\", {O_PATH | O_CLOEXEC, RESOLVE_IN_ROOT})", dst);

	if (fd == -1 && errno == ENOENT && cover_of(dst))
		fail("cannot mount on %s in ROOTFS: the container's own /%s covers it; choose another DST",
		     dst, cover_of(dst));
	if (fd == -1)
		fail("cannot mount on %s in ROOTFS: %s%s", dst, strerror(errno),
		     errno == ENOENT ? "; create it first" : "");
	if (stat(".", &root) == 0 && fstat(fd, &found) == 0 &&
	    root.st_dev == found.st_dev && root.st_ino == found.st_ino)
		fail("cannot mount on %s in ROOTFS: it is ROOTFS itself; choose a DST below it", dst);
	return fd;
}

/* A bind mount ignores MS_RDONLY, and MS_REMOUNT would change the topmost mount alone. */
static void make_read_only(const char *dst)
{
	const uint64_t attributes[4] = { MS_RDONLY };	/* struct mount_attr: set, clear, propagation, userns */
	int fd = open_in_rootfs(dst);

	DO_AS("make it read-only, with everything below",
	      syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | AT_RECURSIVE, attributes, sizeof attributes),
	      "mount_setattr(%d, \"\", AT_EMPTY_PATH | AT_RECURSIVE, {MOUNT_ATTR_RDONLY})", fd);
	close(fd);
}

static void make_volume(const struct volume *v)
{
	int fd = open_in_rootfs(v->dst);
	char target[32];

	snprintf(target, sizeof target, "/proc/self/fd/%d", fd);
	DO_AS("show the host's files there", mount(v->src, target, NULL, MS_BIND | MS_REC, NULL),
	      "mount(\"%s\", \"%s\", NULL, MS_BIND | MS_REC, NULL)", v->src, target);
	close(fd);
	if (v->read_only)
		make_read_only(v->dst);
}

static void make_sys(void)
{
	unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;

	if (TRY_AS("show the kernel's devices, read-only", mount("sysfs", "sys", "sysfs", flags, NULL),
		   "mount(\"sysfs\", \"sys\", \"sysfs\", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL)") == 0)
		return;
	/* A user namespace may mount a sysfs only if it owns the network namespace, too. */
	DO("show the host's instead", mount("/sys", "sys", NULL, MS_BIND | MS_REC, NULL));
	make_read_only("/sys");
}

static void make_dev(void)
{
	static const char *const nodes[] = { "/dev/null", "/dev/zero", "/dev/full",
					     "/dev/random", "/dev/urandom", "/dev/tty" };
	static const char *const links[][2] = {
		{ "/proc/self/fd", "dev/fd" }, { "/proc/self/fd/0", "dev/stdin" },
		{ "/proc/self/fd/1", "dev/stdout" }, { "/proc/self/fd/2", "dev/stderr" },
		{ "pts/ptmx", "dev/ptmx" },
	};

	DO("make an empty /dev", mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=64k"));
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
		const char *host = nodes[i], *ours = nodes[i] + 1;

		DO_AS("make a file to mount on", mknod(ours, S_IFREG, 0), "mknod(\"%s\", S_IFREG, 0)", ours);
		DO_AS("show the host's device there", mount(host, ours, NULL, MS_BIND, NULL),
		      "mount(\"%s\", \"%s\", NULL, MS_BIND, NULL)", host, ours);
	}
	DO("make a directory for terminals", mkdir("dev/pts", 0755));
	DO("give it terminals of its own", mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
						 "newinstance,mode=620,ptmxmode=666"));
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		DO_AS("make the usual names", symlink(links[i][0], links[i][1]),
		      "symlink(\"%s\", \"%s\")", links[i][0], links[i][1]);
}

/* Everything that is mounted in ROOTFS, where we are. */
static void make_tree(const struct container *c)
{
	if (with("sys"))
		make_sys();
	if (with("dev"))
		make_dev();
	if (with("tmp"))
		DO("make an empty /tmp", mount("tmpfs", "tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"));
	for (const struct volume *v = c->volumes; v->src; v++)
		make_volume(v);
}

/* ---- Command line ------------------------------------------------------------------------------ */

/* The program never writes to ROOTFS: the mount points have to be there. */
static void check_rootfs(const char *rootfs)
{
	static const char *const needed[] = { "/.", "/proc", "/sys", "/dev", "/tmp" };
	char path[PATH_MAX + 8];
	struct stat it;

	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
		snprintf(path, sizeof path, "%s%s", rootfs, needed[i]);
		if (lstat(path, &it) == -1 || !S_ISDIR(it.st_mode))
			fail("%s is not a directory; ROOTFS needs proc, sys, dev and tmp (lab/rootfs makes one)", path);
	}
}

static void *checked(void *memory)
{
	if (!memory)
		fail("out of memory");
	return memory;
}

/* Split SRC:DST[:ro]. SRC becomes an absolute path: the container will have another current directory. */
static struct volume read_volume(const char *text)
{
	char *rest = checked(strdup(text)), *src = strsep(&rest, ":"), *dst = strsep(&rest, ":");

	if (!dst || *dst != '/' || (rest && strcmp(rest, "ro") != 0))
		fail("--volume %s: it has to be SRC:DST or SRC:DST:ro, with DST an absolute path", text);
	if (!(src = realpath(src, NULL)))
		fail("--volume %s: cannot use SRC: %s", text, strerror(errno));
	return (struct volume){ src, dst, rest != NULL };
}

/* What --without can leave out. */
static const struct brick parts[] = {
	{ "pid", "CLONE_NEWPID: COMMAND is PID 1" },
	{ "proc", "a procfs of its own: ps sees the container's PIDs" },
	{ "uts", "CLONE_NEWUTS: a hostname of its own" },
	{ "sys", "a sysfs, read-only" },
	{ "dev", "a /dev with the few devices that every program expects" },
	{ "tmp", "an empty /tmp that is gone with the container" },
	{ "chroot", "chroot(2): ROOTFS is /" },
	{ 0 }
};

int main(int argc, char *argv[])
{
	struct container c = { .hostname = "container" };
	char **volumes = checked(calloc(argc + 1, sizeof *volumes)), **rest;

	usage = "ROOTFS COMMAND [ARG...]";
	bricks = parts;
	options = (struct option[]){
		{ "hostname", "NAME", "hostname of the container (default: container)", &c.hostname, false },
		{ "volume", "SRC:DST[:ro]", "show the host's SRC at DST, which must exist in ROOTFS", volumes, true },
		{ 0 }
	};
	rest = read_options(argc, argv, 2);
	c.rootfs = rest[0];
	check_rootfs(c.rootfs);
	c.command = rest + 1;
	if (!*c.hostname || strlen(c.hostname) > HOST_NAME_MAX)
		fail("--hostname \"%s\": a hostname has 1 to %d bytes", c.hostname, HOST_NAME_MAX);
	c.volumes = checked(calloc(argc + 1, sizeof *c.volumes));
	for (int i = 0; volumes[i]; i++)
		c.volumes[i] = read_volume(volumes[i]);
	return outside(&c);
}
