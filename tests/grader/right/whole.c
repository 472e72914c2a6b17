/*
 * whole.c - all six steps by somebody else: cc -DSTEP=4 makes the fourth.
 *
 * unshare(2) and fork(2) instead of clone(2), two pipes, device nodes instead of binds, pivot_root(".", "."),
 * ip(8) instead of rtnetlink; no --explain, no bricks. It is C and C++.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *hostname = "container", *memory = "64M", *pids = "64", *cpus = "0.5", *subnet = "10.6.0.0/30";
static const char *rootfs, *root_cgroup;
static char *volumes[64], cgroup[PATH_MAX];
static int n_volumes, limited = STEP >= 5;

static void die(const char *what)
{
	fprintf(stderr, "whole: %s: %s\n", what, strerror(errno));
	exit(125);
}

static void must(long result, const char *what)
{
	if (result == -1)
		die(what);
}

/* ---- Files -------------------------------------------------------------------------------------- */

static void volume(char *word)
{
	char *source = strtok(word, ":"), *target = strtok(NULL, ":"), *mode = strtok(NULL, ":");
	char place[PATH_MAX];
	uint64_t read_only[4] = { MS_RDONLY, 0, 0, 0 };

	snprintf(place, sizeof place, ".%s", target);
	must(mount(source, place, NULL, MS_BIND | MS_REC, NULL), target);
	if (mode)
		must(syscall(442, AT_FDCWD, place, AT_RECURSIVE, read_only, sizeof read_only), "mount_setattr");
}

static void devices(void)
{
	static const struct { const char *name; int major, minor; } nodes[] = {
		{ "dev/null", 1, 3 }, { "dev/zero", 1, 5 }, { "dev/full", 1, 7 },
		{ "dev/random", 1, 8 }, { "dev/urandom", 1, 9 }, { "dev/tty", 5, 0 },
	};

	must(mount("dev", "dev", "tmpfs", MS_NOSUID, "mode=0755"), "dev");
	umask(0);
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
		must(mknod(nodes[i].name, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)), nodes[i].name);
	umask(022);
	must(symlink("/proc/self/fd", "dev/fd"), "fd");
	must(symlink("/proc/self/fd/0", "dev/stdin"), "stdin");
	must(symlink("/proc/self/fd/1", "dev/stdout"), "stdout");
	must(symlink("/proc/self/fd/2", "dev/stderr"), "stderr");
	must(symlink("pts/ptmx", "dev/ptmx"), "ptmx");
	must(mkdir("dev/pts", 0755), "pts");
	must(mount("devpts", "dev/pts", "devpts", MS_NOSUID, "newinstance,ptmxmode=0666"), "devpts");
}

static void files(void)
{
	if (STEP >= 4)
		must(mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL), "bind");
	must(chdir(rootfs), rootfs);
	must(mount("proc", "proc", "proc", 0, NULL), "proc");
	must(mount("sys", "sys", "sysfs", MS_RDONLY, NULL), "sys");
	if (limited)
		must(mount("cgroup", "sys/fs/cgroup", "cgroup2", MS_RDONLY, NULL), "cgroup2");
	devices();
	must(mount("tmp", "tmp", "tmpfs", 0, "mode=1777"), "tmp");
	for (int i = 0; i < n_volumes; i++)
		volume(volumes[i]);
	if (STEP == 3) {
		must(chroot("."), "chroot");
	} else {
		must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
		must(umount2(".", MNT_DETACH), "umount2");
	}
	must(chdir("/"), "chdir");
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
}

/* ---- Limits ------------------------------------------------------------------------------------- */

static int put(const char *directory, const char *file, const char *value)
{
	char path[PATH_MAX];
	int fd, result;

	snprintf(path, sizeof path, "%s/%s", directory, file);
	if ((fd = open(path, O_WRONLY | O_CLOEXEC)) == -1)
		return -1;
	result = write(fd, value, strlen(value)) == -1 ? -1 : 0;
	close(fd);
	return result;
}

static void evacuate(void)
{
	char path[PATH_MAX], pid[32];
	FILE *list;

	snprintf(path, sizeof path, "%s/cgroup.procs", root_cgroup);
	if (!(list = fopen(path, "re")))
		die(path);
	snprintf(path, sizeof path, "%s/evacuated", root_cgroup);
	mkdir(path, 0755);
	while (fgets(pid, sizeof pid, list))
		put(path, "cgroup.procs", pid);
	fclose(list);
}

static void make_cgroup(void)
{
	static char place[PATH_MAX];
	char line[PATH_MAX * 2], type[64], share[32];
	FILE *mounts = fopen("/proc/mounts", "re");

	while (!root_cgroup && mounts && fgets(line, sizeof line, mounts))
		if (sscanf(line, "%*s %4095s %63s", place, type) == 2 && strcmp(type, "cgroup2") == 0)
			root_cgroup = place;
	if (mounts)
		fclose(mounts);
	if (!root_cgroup)
		die("no cgroup2");
	for (int i = 0; i < 5 && put(root_cgroup, "cgroup.subtree_control", "+memory +pids +cpu") == -1; i++)
		evacuate();
	snprintf(cgroup, sizeof cgroup, "%s/step%d-%d", root_cgroup, STEP, getpid());
	must(mkdir(cgroup, 0755), cgroup);
	snprintf(share, sizeof share, "%.0f 100000", atof(cpus) * 100000);
	must(put(cgroup, "memory.max", memory), "memory.max");
	must(put(cgroup, "memory.swap.max", "0"), "memory.swap.max");
	must(put(cgroup, "pids.max", pids), "pids.max");
	must(put(cgroup, "cpu.max", share), "cpu.max");
}

/* ---- Network ------------------------------------------------------------------------------------ */

static void run(const char *line)
{
	if (system(line) != 0) {
		fprintf(stderr, "whole: failed: %s\n", line);
		exit(125);
	}
}

static void address(int nth, char text[INET_ADDRSTRLEN])
{
	struct in_addr number;

	snprintf(text, INET_ADDRSTRLEN, "%.*s", (int)strcspn(subnet, "/"), subnet);
	inet_pton(AF_INET, text, &number);
	number.s_addr = htonl(ntohl(number.s_addr) + nth);
	inet_ntop(AF_INET, &number, text, INET_ADDRSTRLEN);
}

static void cable(pid_t child)
{
	char line[512], host[INET_ADDRSTRLEN];

	/* After unshare(2) our children, ip(8) too, are of the new PID namespace: there it is 1. */
	address(1, host);
	snprintf(line, sizeof line, "ip link add veth%d type veth peer name eth0 netns 1 && "
		 "ip address add %s%s dev veth%d && ip link set veth%d up",
		 child, host, strchr(subnet, '/'), child, child);
	run(line);
}

static void network(void)
{
	char line[512], host[INET_ADDRSTRLEN], container[INET_ADDRSTRLEN];

	address(1, host);
	address(2, container);
	snprintf(line, sizeof line, "ip link set lo up && ip address add %s%s dev eth0 && ip link set eth0 up && "
		 "ip route add default via %s", container, strchr(subnet, '/'), host);
	run(line);
}

/* ---- Both sides --------------------------------------------------------------------------------- */

static int child(int ready, int go, char **command)
{
	char byte = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	must(unshare(CLONE_NEWNS | (STEP >= 2 ? CLONE_NEWUTS : 0) | (STEP >= 6 ? CLONE_NEWNET : 0)), "unshare");
	must(write(ready, &byte, 1), "pipe");
	if (read(go, &byte, 1) != 1)
		_exit(125);
	if (limited)
		must(unshare(CLONE_NEWCGROUP), "unshare");
	if (STEP >= 6)
		network();
	must(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
	if (STEP >= 3)
		files();
	else
		must(mount("proc", "/proc", "proc", 0, NULL), "proc");
	if (STEP >= 2)
		must(sethostname(hostname, strlen(hostname)), "sethostname");
	execvp(command[0], command);
	fprintf(stderr, "whole: %s: %s\n", command[0], strerror(errno));
	return errno == ENOENT ? 127 : 126;
}

static void options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "hostname", required_argument, NULL, 'h' }, { "volume", required_argument, NULL, 'v' },
		{ "memory", required_argument, NULL, 'm' }, { "pids", required_argument, NULL, 'p' },
		{ "cpus", required_argument, NULL, 'c' }, { "subnet", required_argument, NULL, 's' },
		{ "without", required_argument, NULL, 'w' }, { NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "+", known, NULL)) != -1) {
		if (option == 'h') hostname = optarg;
		else if (option == 'v' && n_volumes < 63) volumes[n_volumes++] = optarg;
		else if (option == 'm') memory = optarg;
		else if (option == 'p') pids = optarg;
		else if (option == 'c') cpus = optarg;
		else if (option == 's') subnet = optarg;
		else if (option == 'w' && strcmp(optarg, "cgroup") == 0) limited = 0;
		else exit(125);
	}
}

int main(int argc, char **argv)
{
	int ready[2], go[2], status;
	char byte = 0;
	pid_t pid;

	options(argc, argv);
	if (STEP >= 3)
		rootfs = argv[optind++];
	if (limited)
		make_cgroup();
	must(pipe2(ready, O_CLOEXEC), "pipe");
	must(pipe2(go, O_CLOEXEC), "pipe");
	must(unshare(CLONE_NEWPID), "unshare");
	must(pid = fork(), "fork");
	if (pid == 0) {
		close(go[1]);
		exit(child(ready[1], go[0], argv + optind));
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		exit(125);
	if (STEP >= 6)
		cable(pid);
	if (limited) {
		char text[16];
		snprintf(text, sizeof text, "%d", pid);
		must(put(cgroup, "cgroup.procs", text), "cgroup.procs");
	}
	must(write(go[1], &byte, 1), "pipe");
	must(waitpid(pid, &status, 0), "wait");
	for (int i = 0; limited && i < 100 && rmdir(cgroup) == -1; i++)
		usleep(10000);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
