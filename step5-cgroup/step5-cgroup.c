/*
 * step5-cgroup - step 4 with limits: memory, processes and CPU time.
 *
 *   new here   a cgroup v2 that COMMAND is in before it runs, and CLONE_NEWCGROUP
 *   see        sudo step5-cgroup/step5-cgroup --memory 32M build/rootfs hog 64
 *   break      sudo step5-cgroup/step5-cgroup --without cgroup build/rootfs hog 64
 *   read       step5-cgroup/README.md; cgroups(7), cgroup_namespaces(7)
 *
 * Build: cc -o step5-cgroup step5-cgroup.c
 */
#define _GNU_SOURCE
#define STEP "step5-cgroup"
#include <ctype.h>
#include <glob.h>
#include <limits.h>
#include <linux/openat2.h>
#include <mntent.h>
#include <sched.h>
#include <stdint.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include "workbench.h"

enum { MEMORY, PIDS, CPUS, LIMITS };

/* What the user asked for. */
struct container {
	char *hostname;
	char *rootfs;
	struct volume { char *src, *dst; bool read_only; } *volumes;	/* the last one has no src */
	char *limits[LIMITS];		/* as the user wrote them, */
	char values[LIMITS][32];	/* and as the kernel reads them */
	char **command;
};
static void make_tree(const struct container *c);
static void make_cgroup(const struct container *c);
static void join_cgroup(void), report_oom(const struct container *c);

/* The child starts here, already in its new namespaces. */
static int inside(void *container)
{
	const struct container *c = container;

	wait_for_go();

	/* Only now: the namespace's root is the cgroup that we are in at this moment. */
	if (with("cgroup") && with("cgroupns"))
		DO("see our cgroup as the root", unshare(CLONE_NEWCGROUP));

	if (with("uts"))
		DO_AS("give the container a hostname of its own", sethostname(c->hostname, strlen(c->hostname)),
		      "sethostname(\"%s\", %zu)", c->hostname, strlen(c->hostname));

	/* On most hosts / is shared: without this, every mount below would appear on the host, too. */
	DO("keep our mounts to ourselves", mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));

	if (with("bind"))
		DO_AS("make ROOTFS a mount point: pivot_root accepts nothing else",
		      mount(c->rootfs, c->rootfs, NULL, MS_BIND | MS_REC, NULL),
		      "mount(\"%s\", \"%s\", NULL, MS_BIND | MS_REC, NULL)", c->rootfs, c->rootfs);
	DO_AS("enter ROOTFS: all paths below are relative to it", chdir(c->rootfs), "chdir(\"%s\")", c->rootfs);
	if (with("proc"))
		DO("let ps read our PIDs instead of the host's",
		   mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
	make_tree(c);

	if (with("pivot")) {
		DO("make ROOTFS the root, and put the old root on its /tmp", syscall(SYS_pivot_root, ".", "tmp"));
		DO("stand in the new root", chdir("/"));
	}
	if (with("pivot") && with("detach"))
		DO("unmount the host's tree, with everything mounted in it", umount2("/tmp", MNT_DETACH));
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);

	return become(c->command);
}

/* What the host does. */
static int outside(struct container *c)
{
	static char stack[1 << 18] __attribute__((aligned(16)));
	int flags = CLONE_NEWNS | SIGCHLD;
	int status;

	if (with("pid"))
		flags |= CLONE_NEWPID;
	if (with("uts"))
		flags |= CLONE_NEWUTS;

	prepare();
	if (with("cgroup"))
		make_cgroup(c);
	child = DO_AS("start the container in namespaces of its own",
		      clone(inside, stack + sizeof stack, flags, c),
		      "clone(inside, stack, %s, c)", names_of(flags));
	if (with("cgroup"))
		join_cgroup();
	give_go();
	status = wait_for_end();
	if (with("cgroup"))
		report_oom(c);
	return status;
}

/* ---- Limits: a cgroup's files are its interface (step 5) --------------------------------------- */

static char cgroup[PATH_MAX + 16];	/* the container's; static, since atexit(3) hands nothing over */

static const struct limit {
	const char *file, *digits, *units, *option, *rule;
	double least, most, scale;
} limits[LIMITS] = {
	{ "memory.max", "0123456789", "KMGT", "memory",
	  "SIZE is a number of bytes, or one that ends in K, M, G or T, at least 1M, which the start needs; or max",
	  0x1p20, 0x1p52, 1 },
	{ "pids.max", "0123456789", "", "pids", "N is a whole number from 1 to 4194304, or max", 1, 4194304, 1 },
	{ "cpu.max", "0123456789.", "", "cpus", "X is a number from 0.01 to 8192, or max", 0.01, 8192, 100000 },
};

/* Translate TEXT for the kernel. Returns false if it breaks the rule of the limit. */
static bool read_limit(const struct limit *l, const char *text, char value[32])
{
	char *end;
	double number = strtod(text, &end);
	const char *unit = *end ? strchr(l->units, toupper(*end)) : NULL;

	if (strcmp(text, strcpy(value, "max")) == 0)
		return true;
	if (end == text || end != text + strspn(text, l->digits) || end[unit != NULL])
		return false;
	for (const char *u = l->units; unit && u <= unit; u++)
		number *= 1024;
	snprintf(value, 32, "%.0f", number * l->scale);	/* cpu.max: microseconds of every 100000 */
	return number >= l->least && number <= l->most;
}

/* Where cgroup v2 is mounted first; "" if nowhere. */
static const char *cgroup_root(void)
{
	static char root[PATH_MAX];
	struct mntent *m = NULL;
	FILE *mounts;

	if (*root)
		return root;
	if (!(mounts = setmntent("/proc/self/mounts", "re")))
		fail("cannot look for cgroup v2 in /proc/self/mounts: %s", strerror(errno));
	while ((m = getmntent(mounts)) && strcmp(m->mnt_type, "cgroup2") != 0)
		;
	if (m)
		snprintf(root, sizeof root, "%s", m->mnt_dir);
	endmntent(mounts);
	return root;
}

/* Write VALUE into a cgroup's file. Returns -1, with errno, if the kernel refuses it. */
static long put(const char *why, const char *directory, const char *file, const char *value)
{
	size_t length = strlen(value);
	char path[PATH_MAX + 64];
	long fd, wrote;
	int error;

	snprintf(path, sizeof path, "%s/%s", directory, file);
	if ((fd = TRY_AS(why, open(path, O_WRONLY | O_CLOEXEC), "open(\"%s\", O_WRONLY | O_CLOEXEC)", path)) == -1)
		return -1;
	wrote = TRY_AS(why, write(fd, value, length), "write(%ld<%s>, \"%s\", %zu)", fd, file, value, length);
	error = errno;
	close(fd);
	errno = error;
	return wrote;
}

/* The text in a cgroup's file. The next call overwrites it. */
static char *get(const char *why, const char *directory, const char *file)
{
	static char text[1 << 16];
	long fd, length;

	snprintf(text, sizeof text, "%s/%s", directory, file);
	fd = DO_AS(why, open(text, O_RDONLY | O_CLOEXEC), "open(\"%s\", O_RDONLY | O_CLOEXEC)", text);
	length = DO_AS(why, read(fd, text, sizeof text - 1), "read(%ld<%s>, text, %zu)", fd, file, sizeof text - 1);
	close(fd);
	text[length] = '\0';
	return text;
}

/* A cgroup that has controllers enabled for its children may hold no processes itself: move them to a leaf. */
static void evacuate(const char *root)
{
	char leaf[PATH_MAX + 64], *list, *pid;

	snprintf(leaf, sizeof leaf, "%s/evacuated", root);
	if (TRY_AS("make a leaf for the root's own processes; it stays", mkdir(leaf, 0755),
		   "mkdir(\"%s\", 0755)", leaf) == -1 && errno != EEXIST)
		give_up();
	list = get("see which processes are in the way", root, "cgroup.procs");
	while ((pid = strsep(&list, "\n")) && *pid) {
		if (strcmp(pid, "0") == 0)
			fail("%s holds processes of another PID namespace (its cgroup.procs shows them as 0): "
			     "they can be moved to a leaf only from there", root);
		if (put("move a process to the leaf", leaf, "cgroup.procs", pid) == -1 && errno != ESRCH)
			give_up();
	}
}

/* In one write: one at a time, the kernel may make the cgroup "threaded" instead. */
static void enable_controllers(const char *root)
{
	int rounds = 10;	/* while we move processes, they make new ones */

	while (put("enable controllers for the cgroups below; they stay enabled", root, "cgroup.subtree_control",
		   "+cpu +memory +pids") == -1) {
		if (errno != EBUSY || !with("evacuate") || rounds-- == 0)
			give_up();
		evacuate(root);
	}
}

/* Lock a cgroup for as long as we live: its other descriptor, in the container, is closed by execve(2). */
static bool lock(const char *path)
{
	int fd = TRY_AS("open the cgroup, to lock it", open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
			"open(\"%s\", O_RDONLY | O_DIRECTORY | O_CLOEXEC)", path);

	if (fd != -1 && TRY_AS("lock it, unless its owner lives", flock(fd, LOCK_EX | LOCK_NB),
			       "flock(%d, LOCK_EX | LOCK_NB)", fd) == 0)
		return true;
	if (errno != ENOENT && errno != EWOULDBLOCK)
		give_up();
	close(fd);
	return false;
}

/* Remove the cgroups of runs that were killed before they could. */
static void sweep(const char *root)
{
	char pattern[PATH_MAX + 64];
	glob_t found = { 0 };

	snprintf(pattern, sizeof pattern, "%s/step5-*", root);
	glob(pattern, 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++)
		if (lock(found.gl_pathv[i]))
			TRY_AS("remove what a killed run left", rmdir(found.gl_pathv[i]),
			       "rmdir(\"%s\")", found.gl_pathv[i]);
	globfree(&found);
}

static void remove_cgroup(void)
{
	TRY_AS("leave nothing behind", rmdir(cgroup), "rmdir(\"%s\")", cgroup);
}

/* Make the cgroup, and write its limits before any process is in it. */
static void make_cgroup(const struct container *c)
{
	const char *root = cgroup_root(), *there = *root ? get("see what can be limited", root, "cgroup.controllers") : "";
	unsigned name;

	/* "cpu ": there is a cpuset, too. */
	if (!strstr(there, "cpu ") || !strstr(there, "memory") || !strstr(there, "pids"))
		fail("no cgroup v2 here has cpu, memory and pids; if they are on cgroup v1, boot Linux with "
		     "cgroup_no_v1=all systemd.unified_cgroup_hierarchy=1, or use the lab VM: make vm");
	sweep(root);
	enable_controllers(root);
	do {
		DO("choose a name that nobody else has", getrandom(&name, sizeof name, 0));
		snprintf(cgroup, sizeof cgroup, "%s/step5-%08x", root, name);
		DO_AS("make a cgroup for the container", mkdir(cgroup, 0755), "mkdir(\"%s\", 0755)", cgroup);
	} while (!lock(cgroup) || access(cgroup, F_OK) == -1);	/* again, if a sweep came in between */
	atexit(remove_cgroup);
	for (int i = 0; i < LIMITS; i++)
		if (put("set a limit while nobody is in it", cgroup, limits[i].file, c->values[i]) == -1)
			give_up();
	if (*c->values[MEMORY] != 'm' &&
	    put("keep it out of swap, which would hide the limit", cgroup, "memory.swap.max", "0") == -1 &&
	    errno != ENOENT)	/* a kernel without swap accounting */
		give_up();
}

static void join_cgroup(void)
{
	char pid[16];

	snprintf(pid, sizeof pid, "%d", child);
	if (put("put the container into its cgroup before COMMAND runs", cgroup, "cgroup.procs", pid) == -1)
		give_up();
}

static void report_oom(const struct container *c)
{
	const char *kills = strstr(get("see whether memory ran out", cgroup, "memory.events"), "oom_kill ");

	if (kills && *c->values[MEMORY] != 'm' && atoi(kills + strlen("oom_kill ")) > 0)
		fprintf(stderr, STEP ": killed by the kernel: it wanted more than the %s of --memory\n", c->limits[MEMORY]);
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

/* A cgroup2 mounted in the host's cgroup namespace would take its options from the host's own mount. */
static void make_cgroup_files(void)
{
	const char *root = cgroup_root();

	if (with("cgroupns")) {
		DO("let it read its limits", mount("cgroup2", "sys/fs/cgroup", "cgroup2",
						   MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
		return;
	}
	DO_AS("let it read the host's cgroups", mount(root, "sys/fs/cgroup", NULL, MS_BIND, NULL),
	      "mount(\"%s\", \"sys/fs/cgroup\", NULL, MS_BIND, NULL)", root);
	make_read_only("/sys/fs/cgroup");
}

/* Everything that is mounted in ROOTFS, where we are. */
static void make_tree(const struct container *c)
{
	if (with("sys"))
		make_sys();
	if (with("sys") && with("cgroup"))
		make_cgroup_files();
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
	{ "bind", "ROOTFS bound onto itself: pivot_root needs a mount point" },
	{ "pivot", "pivot_root(2): ROOTFS is /, and the root mount" },
	{ "detach", "the host's tree is unmounted" },
	{ "cgroup", "a cgroup with limits" },
	{ "evacuate", "processes move out of a cgroup that is to have controllers enabled" },
	{ "cgroupns", "CLONE_NEWCGROUP: it sees its cgroup as the root" },
	{ 0 }
};

int main(int argc, char *argv[])
{
	struct container c = { .hostname = "container", .limits = { "64M", "64", "0.5" } };
	char **volumes = checked(calloc(argc + 1, sizeof *volumes)), **rest;

	remedy = "use sudo, or the lab VM: make vm";
	usage = "ROOTFS COMMAND [ARG...]";
	bricks = parts;
	options = (struct option[]){
		{ "hostname", "NAME", "hostname of the container (default: container)", &c.hostname, false },
		{ "volume", "SRC:DST[:ro]", "show the host's SRC at DST, which must exist in ROOTFS", volumes, true },
		{ "memory", "SIZE", "maximum memory, in bytes or with K, M, G or T, or max (default: 64M)", &c.limits[MEMORY], false },
		{ "pids", "N", "maximum number of processes, or max (default: 64)", &c.limits[PIDS], false },
		{ "cpus", "X", "maximum CPU time, in CPUs, or max (default: 0.5)", &c.limits[CPUS], false },
		{ 0 }
	};
	rest = read_options(argc, argv, 2);
	if (!(c.rootfs = realpath(rest[0], NULL)))	/* "." or /proc/self/cwd would stay below the bind mount */
		fail("ROOTFS %s: %s", rest[0], strerror(errno));
	check_rootfs(c.rootfs);
	c.command = rest + 1;
	if (!*c.hostname || strlen(c.hostname) > HOST_NAME_MAX)
		fail("--hostname \"%s\": a hostname has 1 to %d bytes", c.hostname, HOST_NAME_MAX);
	c.volumes = checked(calloc(argc + 1, sizeof *c.volumes));
	for (int i = 0; volumes[i]; i++)
		c.volumes[i] = read_volume(volumes[i]);
	for (int i = 0; i < LIMITS; i++)
		if (!read_limit(&limits[i], c.limits[i], c.values[i]))
			fail("--%s \"%s\": %s", limits[i].option, c.limits[i], limits[i].rule);
	return outside(&c);
}
