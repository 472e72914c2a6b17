/*
 * chamber - run a command in a throwaway fake host; called by lab/chamber.
 *
 * The command has its own mounts, network (only lo), hostname (lab), IPC, processes and cgroups,
 * which end with it. The files that it writes go to overlays in memory, and disappear too, except
 * below TOOLKIT. Without root, the chamber uses a user namespace: then it has no cgroup, and the
 * command writes to the real files.
 *
 *   outside    creates a cgroup, starts inside, waits, takes the terminal back, removes the cgroup
 *   inside     is PID 1: builds a root directory, moves to it, starts COMMAND, reaps orphans
 *
 * usage: chamber TOOLKIT COMMAND [ARG...]
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <mntent.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { FAILED = 125, CANNOT_INVOKE = 126, NOT_THERE = 127 };

static const char *toolkit;
static char **command;
static bool rootless;
static char *cgroup2;   /* mount point of the hierarchy, or NULL if we can't write to it */
static char *cgroup;    /* the chamber's cgroup */
static int go[2];       /* a pipe: a byte means that outside is ready; end of file, that it has died */
static sigset_t before; /* the signals that our caller had blocked: COMMAND inherits them */

/* ---- Helpers ----------------------------------------------------------------- */

/* The result is never freed: the program needs few of them. */
__attribute__((format(printf, 1, 2))) static char *format(const char *text, ...)
{
	char *result;
	va_list values;

	va_start(values, text);
	if (vasprintf(&result, text, values) == -1)
		err(FAILED, "out of memory");
	va_end(values);
	return result;
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd == -1)
		return -1;
	ssize_t written = write(fd, text, strlen(text));
	close(fd);
	return written == -1 ? -1 : 0;
}

static bool file_says(const char *path, const char *text)
{
	char content[512];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return false;
	ssize_t length = read(fd, content, sizeof content - 1);
	close(fd);
	content[length > 0 ? length : 0] = '\0';
	return strstr(content, text);
}

static void must_mount(const char *source, const char *target, const char *type, unsigned long flags,
		       const char *options)
{
	if (mount(source, target, type, flags, options) == -1)
		err(FAILED, "cannot mount %s on %s", source ? source : "itself", target);
}

static void make_directories(const char *path)
{
	char *copy = format("%s", path);

	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(copy, 0755);
		*slash = '/';
	}
	mkdir(copy, 0755);
	free(copy);
}

/* ---- The cgroup -------------------------------------------------------------- */

static void find_cgroup2(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *one;

	while (mounts && (one = getmntent(mounts)))
		if (strcmp(one->mnt_type, "cgroup2") == 0)
			cgroup2 = format("%s", one->mnt_dir);
	if (mounts)
		endmntent(mounts);
	if (cgroup2 && access(cgroup2, W_OK) == -1)
		cgroup2 = NULL;
}

static int remove_directory(const char *path, const struct stat *st, int what, struct FTW *walk)
{
	(void)st, (void)walk;
	return what == FTW_DP ? rmdir(path) : 0;
}

/* Try for two seconds: a process that has ended may still be in its cgroup for a moment. */
static void remove_cgroup(const char *path)
{
	for (int tries = 0; tries < 200 && nftw(path, remove_directory, 8, FTW_DEPTH | FTW_PHYS); tries++)
		usleep(10000);
}

/* A chamber's cgroup bears this mark, whatever its name is, and the chamber holds a lock on it while it lives: a PID says
 * nothing, because it may be another process's by now, or count in another PID namespace. */
#define MARK "user.chamber"

static bool is_left(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool left = fd != -1 && fgetxattr(fd, MARK, NULL, 0) != -1 && flock(fd, LOCK_EX | LOCK_NB) == 0 &&
		    file_says(format("%s/cgroup.events", path), "populated 0");

	if (fd != -1)
		close(fd);
	return left;
}

/* Remove the cgroups of chambers that ended by SIGKILL, and couldn't clean up. */
static void sweep_cgroups(void)
{
	DIR *all = opendir(cgroup2);
	struct dirent *one;

	while (all && (one = readdir(all))) {
		const char *path = format("%s/%s", cgroup2, one->d_name);
		if (strncmp(one->d_name, "chamber-", 8) == 0 && is_left(path))
			remove_cgroup(path);
	}
	if (all)
		closedir(all);
}

/* Only the real root cgroup, which has no cgroup.type, can enable controllers while it contains processes. */
static void enable_controllers(void)
{
	static const char *wanted[] = { "cpu", "io", "memory", "pids" };
	const char *available = format("%s/cgroup.controllers", cgroup2);

	if (access(format("%s/cgroup.type", cgroup2), F_OK) == 0)
		return;
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		if (file_says(available, wanted[i]))
			write_file(format("%s/cgroup.subtree_control", cgroup2), format("+%s", wanted[i]));
}

static void make_cgroup(void)
{
	find_cgroup2();
	if (!cgroup2)
		return;
	sweep_cgroups();
	enable_controllers();
	cgroup = format("%s/chamber-%d-XXXXXX", cgroup2, getpid());
	if (!mkdtemp(cgroup) || chmod(cgroup, 0755) == -1)
		err(FAILED, "cannot make the cgroup %s", cgroup);
	int held = open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (held == -1 || flock(held, LOCK_EX) == -1)
		err(FAILED, "cannot lock the cgroup %s", cgroup);
	fsetxattr(held, MARK, "", 0, 0); /* before Linux 5.7 it can't be marked, and stays if we are killed */
}

/* ---- The root directory ------------------------------------------------------ */

/* We build it below /sys: no user file is there to be covered, and the new root gets a new /sys anyway. */
#define YARD "/sys/kernel"
#define ROOT YARD "/root"

/* Mount an overlay over the files at point: reads see the real files, writes go to memory. */
static int cover(const char *point)
{
	static int layers;
	struct stat st;
	char *layer = format("%d", layers++), *upper = format("%s/upper", layer), *work = format("%s/work", layer);

	if (stat(point, &st) == -1 || strpbrk(point, ",:\\"))
		return -1;
	if (mkdir(layer, 0755) || mkdir(upper, 0755) || mkdir(work, 0755) || chown(upper, st.st_uid, st.st_gid) ||
	    chmod(upper, st.st_mode & 07777))
		err(FAILED, "cannot make %s", layer);
	return mount("overlay", format(ROOT "%s", point), "overlay", 0,
		     format("lowerdir=%s,upperdir=%s,workdir=%s", point, upper, work));
}

/* True if the mount holds this host's files. Mounts below places are created anew, and other containers'
 * images don't count. */
static bool holds_files(const struct mntent *one)
{
	static const char *places[] = { "/proc", "/sys", "/dev", "/run" };
	static const char *types[] = { "overlay", "squashfs", "nsfs",  "autofs", "fuse.",
				       "cgroup",  "proc",     "sysfs", "dev",    "mqueue" };

	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		size_t length = strlen(places[i]);
		if (strncmp(one->mnt_dir, places[i], length) == 0 && strchr("/", one->mnt_dir[length]))
			return false;
	}
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strncmp(one->mnt_type, types[i], strlen(types[i])) == 0)
			return false;
	return strcmp(one->mnt_dir, "/") != 0;
}

/* Cover all other file systems. Where an overlay is impossible, bind-mount them read-only. The list was read before we
 * mounted anything, because /proc/self/mounts changes with each mount. */
static void cover_the_rest(FILE *mounts)
{
	struct mntent *one;

	while ((one = getmntent(mounts))) {
		char *target = format(ROOT "%s", one->mnt_dir);
		if (holds_files(one) && cover(one->mnt_dir) == -1 &&
		    mount(one->mnt_dir, target, NULL, MS_BIND, NULL) == 0)
			must_mount(NULL, target, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL);
	}
}

static void copy_device(const char *name)
{
	struct stat st;
	const char *source = format("/dev/%s", name), *target = format(ROOT "/dev/%s", name);

	if (stat(source, &st) == -1 || !S_ISCHR(st.st_mode))
		return;
	if (mknod(target, st.st_mode, st.st_rdev) == 0) {
		if (chown(target, st.st_uid, st.st_gid) || chmod(target, st.st_mode & 07777))
			err(FAILED, "cannot make %s", target);
	} else if (mknod(target, S_IFREG, 0) == 0) {
		must_mount(source, target, NULL, MS_BIND, NULL);
	}
}

/* Is one of our streams a terminal of this machine's /dev/pts? */
static bool on_terminal(void)
{
	for (int fd = 0; fd < 3; fd++) {
		const char *terminal = ttyname(fd);

		if (terminal && strncmp(terminal, "/dev/pts/", 9) == 0)
			return true;
	}
	return false;
}

/* Root can type on any terminal it can open (TIOCSTI in ioctl_tty(2)). So a chamber that is on no terminal, such as the
 * grader's, sees none of this machine's: it gets a devpts of its own. */
static void hide_terminals(void)
{
	if (!rootless && !on_terminal())
		must_mount("devpts", ROOT "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
			   "newinstance,ptmxmode=666,mode=620,gid=5");
}

/* Make a /dev without this machine's disks, but with the terminals that our streams may be on. */
static void make_dev(void)
{
	static const char *devices[] = { "null", "zero", "full", "random", "urandom", "tty",
					 "ptmx", "kmsg", "kvm",  "fuse",   "net/tun" };
	static const char *links[][2] = {
		{ "/proc/self/fd", ROOT "/dev/fd" },
		{ "fd/0", ROOT "/dev/stdin" },
		{ "fd/1", ROOT "/dev/stdout" },
		{ "fd/2", ROOT "/dev/stderr" },
	};

	must_mount("dev", ROOT "/dev", "tmpfs", MS_NOSUID, "mode=755");
	mkdir(ROOT "/dev/net", 0755);
	for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
		copy_device(devices[i]);
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		if (symlink(links[i][0], links[i][1]) == -1)
			err(FAILED, "cannot make %s", links[i][1]);
	for (int fd = 0; fd < 3; fd++) {
		const char *terminal = ttyname(fd);
		if (terminal && strncmp(terminal, "/dev/pts/", 9) != 0)
			copy_device(terminal + strlen("/dev/"));
	}
	mkdir(ROOT "/dev/pts", 0755);
	must_mount("/dev/pts", ROOT "/dev/pts", NULL, MS_BIND, NULL);
	mkdir(ROOT "/dev/shm", 0755);
	must_mount("tmpfs", ROOT "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777");
}

/* All of /proc/self/mounts, in memory. */
static FILE *list_mounts(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *file = fopen("/proc/self/mounts", "re");

	if (!file || getdelim(&text, &size, '\0', file) == -1)
		err(FAILED, "cannot read /proc/self/mounts");
	fclose(file);
	return fmemopen(text, strlen(text), "r");
}

static void build_root(void)
{
	FILE *mounts = list_mounts();
	const char *chamber = getenv("LAB_CHAMBER");

	must_mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	must_mount("tmpfs", YARD, "tmpfs", 0, "mode=755");
	if (chdir(YARD) == -1 || mkdir(ROOT, 0755) == -1)
		err(FAILED, "cannot make " ROOT);
	/* In another chamber, the files are overlays already. */
	bool nested = chamber && strcmp(chamber, "1") == 0;
	bool covered = !rootless && !nested && cover("/") == 0;
	if (!covered) {
		if (!rootless && !nested)
			warn("cannot mount an overlay on /: files written in this chamber stay");
		must_mount("/", ROOT, NULL, MS_BIND | MS_REC, NULL);
	} else {
		cover_the_rest(mounts);
		make_dev();
		must_mount("tmpfs", ROOT "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755");
	}
	fclose(mounts);
	hide_terminals();
	make_directories(format(ROOT "%s", toolkit));
	must_mount(toolkit, format(ROOT "%s", toolkit), NULL, MS_BIND | MS_REC, NULL);
	must_mount("proc", ROOT "/proc", "proc", 0, NULL);
	must_mount("sysfs", ROOT "/sys", "sysfs", 0, NULL);
	mount("/sys/fs/cgroup", ROOT "/sys/fs/cgroup", NULL, MS_BIND | MS_REC, NULL);
	if (cgroup2) {
		umount2(format(ROOT "%s", cgroup2), 0);
		must_mount("cgroup2", format(ROOT "%s", cgroup2), "cgroup2", 0, NULL);
	}
}

static void move_to_root(const char *here)
{
	if (chdir(ROOT) == -1 || syscall(SYS_pivot_root, ".", ".") == -1 || umount2(".", MNT_DETACH) == -1)
		err(FAILED, "cannot move to the new root");
	/* Shared, as on a systemd host: if a program forgets MS_PRIVATE, its mounts appear in the chamber. */
	must_mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL);
	if ((!here || chdir(here) == -1) && chdir("/") == -1)
		err(FAILED, "cannot enter the new root");
}

/* ---- Inside ------------------------------------------------------------------ */

static void bring_lo_up(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (any == -1 || ioctl(any, SIOCSIFFLAGS, &lo) == -1)
		err(FAILED, "cannot bring lo up");
	close(any);
}

/* PR_SET_PDEATHSIG misses a parent that died before the call. The pipe shows it. */
static void wait_for_outside(void)
{
	struct pollfd parent = { .fd = go[0] };
	char byte;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(go[1]);
	if (read(go[0], &byte, 1) != 1 || poll(&parent, 1, 0) == -1 || parent.revents & POLLHUP)
		_exit(FAILED);
	close(go[0]);
}

static pid_t start_command(void)
{
	pid_t pid = fork();

	if (pid == -1)
		err(FAILED, "cannot fork");
	if (pid)
		return pid;
	sigprocmask(SIG_SETMASK, &before, NULL);
	execvp(command[0], command);
	warn("cannot run %s", command[0]);
	_exit(errno == ENOENT ? NOT_THERE : CANNOT_INVOKE);
}

static int exit_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* PID 1. COMMAND runs as its child: as PID 1, COMMAND would have to reap orphans, and would ignore signals that
 * it has no handler for. */
static int inside(void *unused)
{
	const char *here = getcwd(NULL, 0);
	pid_t child, dead;
	int status;

	(void)unused;
	wait_for_outside();
	if (cgroup && unshare(CLONE_NEWCGROUP) == -1)
		err(FAILED, "cannot unshare the cgroup namespace");
	sethostname("lab", 3);
	bring_lo_up();
	build_root();
	move_to_root(here);
	setenv("LAB_CHAMBER", "1", 1);
	/* Start with PIDs above 1000, as on a busy host: nobody mistakes them for a container's small PIDs. */
	write_file("/proc/sys/kernel/ns_last_pid", "1000");

	child = start_command();
	while ((dead = wait(&status)) != child)
		if (dead == -1 && errno != EINTR)
			err(FAILED, "lost %s", command[0]);
	return exit_status(status);
}

/* ---- Outside ----------------------------------------------------------------- */

static void map_root(pid_t child, uid_t uid, gid_t gid)
{
	write_file(format("/proc/%d/setgroups", child), "deny");
	if (write_file(format("/proc/%d/uid_map", child), format("0 %u 1", uid)) == -1 ||
	    write_file(format("/proc/%d/gid_map", child), format("0 %u 1", gid)) == -1)
		err(FAILED, "cannot map the user to root");
}

static pid_t start_inside(void)
{
	static char stack[1 << 18] __attribute__((aligned(16)));
	int flags = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID;
	pid_t child = clone(inside, stack + sizeof stack, flags | (rootless ? CLONE_NEWUSER : 0) | SIGCHLD, NULL);

	if (child == -1)
		err(FAILED, "cannot create the namespaces");
	return child;
}

/* Wait for the child. SIGHUP, SIGINT and SIGTERM end the whole chamber at once, by SIGKILL to its PID 1. */
static int wait_for(pid_t child, const sigset_t *ours)
{
	int status, fatal = 0;

	for (;;) {
		int signal = sigwaitinfo(ours, NULL);
		if (signal == -1 && errno != EINTR)
			err(FAILED, "cannot wait for signals");
		if (signal > 0 && signal != SIGCHLD) {
			fatal = signal;
			kill(child, SIGKILL);
		}
		if (waitpid(child, &status, WNOHANG) == child)
			return fatal ? 128 + fatal : exit_status(status);
	}
}

/* An interactive COMMAND may have made itself the terminal's foreground process group. Once that group is gone, give the
 * terminal back to ours. While it lives, the terminal is another job's. */
static void take_terminal_back(bool foreground)
{
	pid_t holder = foreground ? tcgetpgrp(STDERR_FILENO) : -1;

	signal(SIGTTOU, SIG_IGN);
	if (holder > 0 && kill(-holder, 0) == -1 && errno == ESRCH)
		tcsetpgrp(STDERR_FILENO, getpgrp());
}

/* What our caller ignores stays ignored, as nohup(1) wants it: we don't even wait for it. */
static void choose_signals(sigset_t *ours)
{
	static const int ends[] = { SIGHUP, SIGINT, SIGTERM };
	struct sigaction old;

	sigemptyset(ours);
	sigaddset(ours, SIGCHLD);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (sigaction(ends[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaddset(ours, ends[i]);
}

int main(int argc, char *argv[])
{
	bool foreground = tcgetpgrp(STDERR_FILENO) == getpgrp();
	sigset_t ours;

	if (argc < 3)
		errx(FAILED, "usage: lab/chamber COMMAND [ARG...]");
	toolkit = argv[1];
	command = argv + 2;
	rootless = geteuid() != 0;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1) /* it is closed: the pipe below would take its place */
			open("/dev/null", O_RDWR | O_CLOEXEC);
	choose_signals(&ours);
	sigprocmask(SIG_BLOCK, &ours, &before);
	if (!rootless)
		make_cgroup();
	if (pipe2(go, O_CLOEXEC) == -1)
		err(FAILED, "cannot make a pipe");

	pid_t child = start_inside();
	close(go[0]);
	if (rootless)
		map_root(child, geteuid(), getegid());
	if (cgroup && write_file(format("%s/cgroup.procs", cgroup), format("%d", child)) == -1)
		warn("cannot join %s", cgroup);
	if (write(go[1], "", 1) != 1)
		warn("the chamber's PID 1 ended early");
	int status = wait_for(child, &ours);
	take_terminal_back(foreground);
	if (cgroup)
		remove_cgroup(cgroup);
	return status;
}
