/*
 * limit-box - what a container of box's costs the kernel: its namespaces, cgroup, overlay and mounts, and nothing else.
 *
 *   limit-box [--limits] ROOT ROOTFS COMMAND [ARG...]    as box run --network none, with ROOT for BOX_ROOT
 *
 * No state, no hostname, no lo, no capabilities, no filter, no signals to pass on, no look at what ROOTFS holds. With
 * --limits as with --memory 64m --pids-limit 64 --cpus 0.5. tests/bench/bench.bats compares its mounts and namespaces
 * with box's. Build it as box is built.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define MUST(call) must(call, #call)
static long must(long result, const char *call)
{
	if (result == -1) {
		dprintf(2, "limit-box: %s: %s\n", call, strerror(errno));
		_exit(125);
	}
	return result;
}

/* Not every kernel has all that is covered. */
static int maybe(long result)
{
	MUST(result == -1 && errno != ENOENT ? -1 : 0);
	return result == 0;
}

static char own[256], options[768], cgroup[256];
static const unsigned long safe = MS_NOSUID | MS_NODEV | MS_NOEXEC;

/* ---- Inside ------------------------------------------------------------------------------------- */

static void make_dev(void)
{
	static const struct {
		const char *path;
		unsigned major, minor;
	} nodes[] = {
		{ "dev/null", 1, 3 },   { "dev/zero", 1, 5 },    { "dev/full", 1, 7 },
		{ "dev/random", 1, 8 }, { "dev/urandom", 1, 9 }, { "dev/tty", 5, 0 },
	};

	MUST(mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=65536k"));
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
		MUST(mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)));
	MUST(symlink("/proc/self/fd", "dev/fd"));
	MUST(symlink("/proc/self/fd/0", "dev/stdin"));
	MUST(symlink("/proc/self/fd/1", "dev/stdout"));
	MUST(symlink("/proc/self/fd/2", "dev/stderr"));
	MUST(symlink("pts/ptmx", "dev/ptmx"));
	MUST(mkdir("dev/pts", 0755));
	MUST(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=666,mode=620,gid=5"));
	MUST(mkdir("dev/shm", 01777));
	MUST(mount("tmpfs", "dev/shm", "tmpfs", safe, "mode=1777,size=64m"));
	MUST(mkdir("dev/mqueue", 0755));
	MUST(mount("mqueue", "dev/mqueue", "mqueue", safe, NULL));
}

static void mask(void)
{
	static const char *const files[] = { "proc/interrupts",    "proc/kcore",      "proc/keys",
					     "proc/latency_stats", "proc/timer_list", "proc/timer_stats",
					     "proc/sched_debug" };
	static const char *const directories[] = { "proc/asound", "proc/acpi",    "proc/dynamic_debug",
						   "proc/scsi",   "sys/firmware", "sys/devices/virtual/powercap" };
	static const char *const switches[] = { "proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger" };
	const char *empty = NULL;

	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		maybe(mount("/dev/null", files[i], NULL, MS_BIND, NULL));
	for (size_t i = 0; i < sizeof directories / sizeof *directories; i++)
		if (maybe(empty ? mount(empty, directories[i], NULL, MS_BIND, NULL) :
				  mount("tmpfs", directories[i], "tmpfs", MS_RDONLY, "size=0")))
			empty = directories[i];
	for (size_t i = 0; i < sizeof switches / sizeof *switches; i++)
		if (maybe(mount(switches[i], switches[i], NULL, MS_BIND | MS_REC, NULL)))
			MUST(mount(NULL, switches[i], NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | safe, NULL));
}

static void make_etc(void)
{
	static const char *const files[] = { "etc/hosts", "etc/resolv.conf", "etc/hostname" };

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		MUST(mknod("dev/.etc", S_IFREG | 0644, 0));
		if (mount("dev/.etc", files[i], NULL, MS_BIND, NULL) == -1) {
			MUST(mknod(files[i], S_IFREG | 0644, 0));
			MUST(mount("dev/.etc", files[i], NULL, MS_BIND, NULL));
		}
		MUST(unlink("dev/.etc"));
	}
}

static void inside(const char *root, const char *rootfs, char **command)
{
	char place[256];

	snprintf(place, sizeof place, "%s/.root", root);
	MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	MUST(chdir(rootfs));
	MUST(mount("overlay", place, "overlay", 0, options));
	MUST(chdir(place));
	MUST(mount("proc", "proc", "proc", safe, NULL));
	make_dev();
	make_etc();
	MUST(mount("sysfs", "sys", "sysfs", MS_RDONLY | safe, NULL));
	MUST(mount("cgroup2", "sys/fs/cgroup", "cgroup2", MS_RDONLY | safe, NULL));
	mask();
	MUST(syscall(SYS_pivot_root, ".", "."));
	MUST(umount2(".", MNT_DETACH));
	execv(*command, command);
	_exit(127);
}

/* ---- Outside ------------------------------------------------------------------------------------ */

static void put(const char *name, const char *value)
{
	char path[512];
	int fd;

	snprintf(path, sizeof path, "%s/%s", cgroup, name);
	fd = MUST(open(path, O_WRONLY | O_CLOEXEC));
	MUST(write(fd, value, strlen(value)));
	close(fd);
}

static int make_cgroup(const char *limits)
{
	const char *top = access("/sys/fs/cgroup/unified/cgroup.procs", F_OK) == 0 ? "/sys/fs/cgroup/unified" :
										     "/sys/fs/cgroup";

	snprintf(cgroup, sizeof cgroup, "%s/box/limit-%d", top, getpid());
	MUST(mkdir(cgroup, 0755));
	if (limits) {
		put("memory.max", "67108864");
		put("memory.swap.max", "67108864");
		put("pids.max", "64");
		put("cpu.max", "50000 100000");
	}
	return MUST(open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static void make_overlay(const char *root)
{
	char path[512];

	snprintf(own, sizeof own, "%s/limit-%d", root, getpid());
	MUST(mkdir(own, 0711));
	snprintf(path, sizeof path, "%s/upper", own);
	MUST(mkdir(path, 0755));
	snprintf(path, sizeof path, "%s/work", own);
	MUST(mkdir(path, 0700));
	snprintf(options, sizeof options, "lowerdir=.,upperdir=%s/upper,workdir=%s/work,volatile", own, own);
}

/* What the overlay has left, by name. */
static void clean(void)
{
	static const char *const files[] = { "upper/etc/hostname", "work/work/incompat/volatile/dirty" };
	static const char *const directories[] = {
		"upper/etc", "upper", "work/work/incompat/volatile", "work/work/incompat", "work/work", "work", "."
	};
	char path[512];

	MUST(rmdir(cgroup));
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		snprintf(path, sizeof path, "%s/%s", own, files[i]);
		maybe(unlink(path));
	}
	for (size_t i = 0; i < sizeof directories / sizeof *directories - 1; i++) {
		snprintf(path, sizeof path, "%s/%s", own, directories[i]);
		maybe(rmdir(path));
	}
	MUST(rmdir(own));
}

int main(int argc, char *argv[])
{
	char **words = argv + 1, *limits = argc > 1 && strcmp(*words, "--limits") == 0 ? *words++ : NULL;
	struct clone_args arguments = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP |
			 CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
	};
	int status;
	pid_t pid;

	if (argc < 4 || (limits && argc < 5))
		_exit(125);
	make_overlay(words[0]);
	arguments.cgroup = make_cgroup(limits);
	pid = MUST(syscall(SYS_clone3, &arguments, sizeof arguments));
	if (pid == 0)
		inside(words[0], words[1], words + 2);
	MUST(waitpid(pid, &status, 0));
	clean();
	_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}
