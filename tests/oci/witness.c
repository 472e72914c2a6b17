/*
 * witness.c - print what a container gives its command, a line for each fact: tests/oci/replay compares the lines of two runtimes.
 *
 * Static, so that it runs in any ROOTFS.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

extern char **environ;

static void print_lines(const char *label, const char *path, const char *only)
{
	FILE *file = fopen(path, "re");
	char line[4096];

	if (!file)
		printf("%s: %s\n", label, strerrorname_np(errno));
	while (file && fgets(line, sizeof line, file))
		if (!only || strncmp(line, only, strlen(only)) == 0)
			printf("%s: %s", label, line);
	if (file)
		fclose(file);
}

static void print_who(char **argv)
{
	char cwd[4096] = "";
	struct utsname names;

	for (char **word = argv; *word; word++)
		printf("argument: %s\n", *word);
	for (char **pair = environ; *pair; pair++)
		printf("environment: %s\n", *pair);
	uname(&names);
	printf("cwd: %s\nhostname: %s\ndomainname: %s\nmachine: %s\n",
	       getcwd(cwd, sizeof cwd) ? cwd : strerrorname_np(errno), names.nodename, names.domainname, names.machine);
	printf("process: pid %d, group %s, session %s, nice %d, personality 0x%lx, dumpable %d\n", getpid(),
	       getpgrp() == getpid() ? "own" : "other", getsid(0) == getpid() ? "own" : "other",
	       getpriority(PRIO_PROCESS, 0), syscall(SYS_personality, 0xffffffff), prctl(PR_GET_DUMPABLE));
	for (int fd = 0; fd < 3; fd++)
		printf("terminal: %d %s\n", fd, isatty(fd) ? "yes" : "no");
	printf("umask: %03o\n", umask(0));
}

static void print_status(void)
{
	static const char *const fields[] = { "Uid:",    "Gid:",    "Groups:", "CapInh:",     "CapPrm:",
					      "CapEff:", "CapBnd:", "CapAmb:", "NoNewPrivs:", "Seccomp:",
					      "SigBlk:", "SigIgn:", "SigPnd:" };

	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		print_lines("status", "/proc/self/status", fields[i]);
	print_lines("limit", "/proc/self/limits", "Max");
	print_lines("oom", "/proc/self/oom_score_adj", NULL);
	print_lines("cgroup", "/proc/self/cgroup", "0:");
	print_lines("user map", "/proc/self/uid_map", NULL);
	print_lines("group map", "/proc/self/gid_map", NULL);
	print_lines("setgroups", "/proc/self/setgroups", NULL);
	print_lines("time offset", "/proc/self/timens_offsets", NULL);
	print_lines("mount", "/proc/self/mountinfo", NULL);
}

static void print_links(const char *label, const char *directory)
{
	char path[512], to[512];
	const struct dirent *one;
	DIR *all = opendir(directory);

	while (all && (one = readdir(all))) {
		ssize_t length;

		snprintf(path, sizeof path, "%s/%s", directory, one->d_name);
		length = readlink(path, to, sizeof to - 1);
		if (length >= 0 && atoi(one->d_name) != dirfd(all))
			printf("%s: %s %.*s\n", label, one->d_name, (int)length, to);
	}
	if (all)
		closedir(all);
}

static int print_device(const char *path, const struct stat *it, int type, struct FTW *where)
{
	char to[512] = "";

	(void)where;
	if (type == FTW_SL && readlink(path, to, sizeof to - 1) == -1)
		*to = '\0';
	if (strncmp(path, "/dev/pts/", 9) != 0)
		printf("device: %s %06o %u:%u %u:%u %s\n", path, it->st_mode, it->st_uid, it->st_gid,
		       major(it->st_rdev), minor(it->st_rdev), to);
	return 0;
}

/* Is it masked, or read-only? */
static void print_path(const char *path)
{
	struct statvfs fs;
	struct stat it;
	int entries = 0;
	DIR *all;

	if (lstat(path, &it) == -1 || statvfs(path, &fs) == -1) {
		printf("path: %s %s\n", path, strerrorname_np(errno));
		return;
	}
	all = opendir(path);
	while (all && readdir(all))
		entries++;
	printf("path: %s type %o, device %u:%u, %s%s\n", path, it.st_mode >> 12, major(it.st_rdev), minor(it.st_rdev),
	       fs.f_flag & ST_RDONLY ? "read-only" : "writable", all && entries <= 2 ? ", empty" : "");
	if (all)
		closedir(all);
}

/* None of these calls changes anything: a filter lets it through to an error of the kernel's, or refuses it. */
#define CALL(name, ...) \
	{ \
#name " " #__VA_ARGS__, SYS_##name, \
		{ \
			__VA_ARGS__ \
		} \
	}
static const struct {
	const char *what;
	long number, argument[4];
} calls[] = {
	CALL(personality, 0xffffffff),
	CALL(personality, 0x20000),
	CALL(personality, 0x40000),
	CALL(personality, 0),
	CALL(unshare, 0),
	CALL(unshare, 0x10000000),
	CALL(unshare, 0x04000000),
	CALL(mount, 0, 0, 0, 0),
	CALL(umount2, 0, 0),
	CALL(bpf, -1),
	CALL(ptrace, -1),
	CALL(socket, 16, 3, 9),
	CALL(socket, 40, 1, 0),
	CALL(socket, 2, 1, 0),
	CALL(socket, 16, 3, 0),
	CALL(socket, 1, 1, 0),
	CALL(perf_event_open, 0),
	CALL(io_uring_setup, 0),
	CALL(open_by_handle_at, -1),
	CALL(name_to_handle_at, -1),
	CALL(setns, -1),
	CALL(clone3, 0),
	CALL(kexec_load, 0, 99),
	CALL(reboot, 0),
	CALL(swapon, 0),
	CALL(init_module, 0),
	CALL(delete_module, 0),
	CALL(process_vm_readv, -1),
	CALL(userfaultfd, -1),
	CALL(fanotify_init, -1),
	CALL(pivot_root, 0),
	CALL(chroot, 0),
	CALL(syslog, 99),
	CALL(quotactl, -1),
	CALL(add_key, 0),
	CALL(request_key, 0),
	CALL(keyctl, -1),
	CALL(sethostname, 0, -1),
	CALL(mknod, 0),
	CALL(fchown, -1),
	CALL(setuid, -1),
	CALL(clock_settime, -1),
	CALL(settimeofday, 1),
	CALL(adjtimex, 0),
	CALL(capset, 0),
	CALL(memfd_create, 0),
	CALL(move_mount, -1, 0, -1, 0),
	CALL(open_tree, -1, 0, -1),
	CALL(fsopen, 0),
	CALL(mount_setattr, -1, 0, 0, 0),
	CALL(openat2, -1),
	CALL(pidfd_getfd, -1),
	CALL(faccessat2, -1),
	CALL(close_range, 9, 8),
	CALL(landlock_create_ruleset, 0),
	CALL(kcmp, -1),
	CALL(get_mempolicy, 0),
	CALL(vhangup, 0),
	CALL(seccomp, 99),
	CALL(finit_module, -1),
	CALL(nfsservctl, 0),
	CALL(sched_setattr, -1),
#ifdef __x86_64__
	CALL(iopl, 99),
	CALL(modify_ldt, 99),
	CALL(arch_prctl, 0),
	CALL(uselib, 0),
	CALL(ustat, 0),
#endif
	{ "unknown", 999, { 0 } },
	{ "x32 getpid", 0x40000000 | 39, { 0 } },
};

static void print_calls(void)
{
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		const long *a = calls[i].argument;
		const long result = syscall(calls[i].number, a[0], a[1], a[2], a[3]);

		printf("call: %s: %s\n", calls[i].what, result == -1 ? strerrorname_np(errno) : "done");
	}
}

static void print_keyring(void)
{
	char text[256] = "";
	const long id = syscall(SYS_keyctl, 0 /* KEYCTL_GET_KEYRING_ID */, -3 /* the session's */, 0);

	if (id == -1 || syscall(SYS_keyctl, 6 /* KEYCTL_DESCRIBE */, id, text, sizeof text) == -1)
		snprintf(text, sizeof text, "%s", strerrorname_np(errno));
	printf("keyring: %s\n", text);
}

int main(int argc, char **argv)
{
	static const char *const paths[] = {
		"/proc/acpi",
		"/proc/asound",
		"/proc/bus",
		"/proc/fs",
		"/proc/interrupts",
		"/proc/irq",
		"/proc/kcore",
		"/proc/keys",
		"/proc/latency_stats",
		"/proc/sched_debug",
		"/proc/scsi",
		"/proc/sys",
		"/proc/sysrq-trigger",
		"/proc/timer_list",
		"/proc/timer_stats",
		"/sys/dev/block",
		"/sys/firmware",
		"/sys/fs/cgroup",
		"/sys/fs/selinux",
		"/",
		"/etc",
		"/etc/hosts",
		"/run",
		"/tmp",
		"/var",
		"/dev/shm",
		"/dev/mqueue",
		"/masked",
		"/masked.file",
		"/readonly",
	};

	(void)argc;
	setvbuf(stdout, NULL, _IOFBF, 1 << 20);
	print_who(argv);
	print_status();
	print_links("descriptor", "/proc/self/fd");
	print_links("namespace", "/proc/self/ns");
	nftw("/dev", print_device, 8, FTW_PHYS);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		print_path(paths[i]);
	print_lines("sysctl ping_group_range", "/proc/sys/net/ipv4/ping_group_range", NULL);
	print_lines("sysctl ip_unprivileged_port_start", "/proc/sys/net/ipv4/ip_unprivileged_port_start", NULL);
	print_lines("sysctl ip_forward", "/proc/sys/net/ipv4/ip_forward", NULL);
	print_keyring();
	print_calls();
	if (isatty(STDOUT_FILENO))
		puts("end");
	if (fflush(stdout) == EOF)
		return 3;
	if (isatty(STDOUT_FILENO))
		getchar(); /* our end hangs the terminal up, and what is not read by then is lost */
	return 42;
}
