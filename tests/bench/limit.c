/*
 * limit - what a step costs the kernel: its system calls, and nothing else.
 *
 *   limit STEP [ROOTFS] COMMAND [ARG...]    STEP is 1 to 6; 5- and 6- are without the brick cgroup
 *
 * The calls that step N makes by default, in its order, written for speed: no narration, no bricks, no
 * options. Read the step for the reasons. Where the step asks libc, which
 * asks the kernel more often than it has to (setmntent, glob, getifaddrs), this asks once.
 *
 * It sweeps no old cgroups and evacuates none: run the step first. Build it as a step is built.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char step;    /* '1' to '6' */
static bool limited; /* steps 5 and 6: with the brick cgroup */
static const char *rootfs;
static char **command;
static int go[2];
static sigset_t before, awaited;
static struct sigaction sigchld_before;
static int terminal;
static char text[1 << 16]; /* what was read last */

#define MUST(call) must(call, #call)
static long must(long result, const char *call)
{
	if (result == -1)
		err(125, "%s", call);
	return result;
}

/* ---- Files ------------------------------------------------------------------------------------- */

static void check_rootfs(void)
{
	static const char *const needed[] = { "/.", "/proc", "/sys", "/dev", "/tmp" };
	char path[4096];
	char *end = stpcpy(path, rootfs);
	struct stat it;

	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
		strcpy(end, needed[i]);
		MUST(lstat(path, &it));
	}
}

static void make_dev(void)
{
	static const char *const nodes[] = { "/dev/null",   "/dev/zero",    "/dev/full",
					     "/dev/random", "/dev/urandom", "/dev/tty" };

	MUST(mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=64k"));
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
		MUST(mknod(nodes[i] + 1, S_IFREG, 0));
		MUST(mount(nodes[i], nodes[i] + 1, NULL, MS_BIND, NULL));
	}
	MUST(mkdir("dev/pts", 0755));
	MUST(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,mode=620,ptmxmode=666"));
	MUST(symlink("/proc/self/fd", "dev/fd"));
	MUST(symlink("/proc/self/fd/0", "dev/stdin"));
	MUST(symlink("/proc/self/fd/1", "dev/stdout"));
	MUST(symlink("/proc/self/fd/2", "dev/stderr"));
	MUST(symlink("pts/ptmx", "dev/ptmx"));
}

static void enter_rootfs(void)
{
	unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;

	if (step >= '4')
		MUST(mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL));
	MUST(chdir(rootfs));
	MUST(mount("proc", "proc", "proc", flags, NULL));
	MUST(mount("sysfs", "sys", "sysfs", MS_RDONLY | flags, NULL));
	if (limited)
		MUST(mount("cgroup2", "sys/fs/cgroup", "cgroup2", MS_RDONLY | flags, NULL));
	make_dev();
	MUST(mount("tmpfs", "tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"));
	if (step == '3') {
		MUST(chroot("."));
		MUST(chdir("/"));
	} else {
		MUST(syscall(SYS_pivot_root, ".", "tmp"));
		MUST(chdir("/"));
		MUST(umount2("/tmp", MNT_DETACH));
	}
}

/* ---- Limits ------------------------------------------------------------------------------------ */

static char cgroup[256];  /* its path; */
static char *leaf, *file; /* where in it the cgroup's name begins, and that of a file */

static char *decimal(char *to, unsigned number)
{
	if (number >= 10)
		to = decimal(to, number / 10);
	*to = '0' + number % 10;
	return to + 1;
}

/* In the real root's file, a cgroup2 mount is "SOURCE POINT cgroup2 ...". */
static void find_cgroup_root(void)
{
	int fd = MUST(open("/proc/self/mounts", O_RDONLY | O_CLOEXEC));
	size_t length = 0;
	ssize_t got;
	char *type, *point;

	while ((got = MUST(read(fd, text + length, sizeof text - 1 - length))) > 0)
		length += got;
	text[length] = '\0';
	close(fd);
	if (!(type = strstr(text, " cgroup2 ")))
		_exit(125);
	for (point = type; point[-1] != ' '; point--)
		;
	leaf = mempcpy(cgroup, point, type - point);
	*leaf++ = '/';
	file = leaf;
}

static void put(const char *name, const char *value, size_t length)
{
	int fd;

	strcpy(file, name);
	fd = MUST(open(cgroup, O_WRONLY | O_CLOEXEC));
	MUST(write(fd, value, length));
	close(fd);
}

static void get(const char *name)
{
	int fd;

	strcpy(file, name);
	fd = MUST(open(cgroup, O_RDONLY | O_CLOEXEC));
	MUST(read(fd, text, sizeof text - 1));
	close(fd);
}

/* What a sweep asks the kernel when there is nothing to sweep. */
static void look_for_old(void)
{
	int fd;

	*file = '\0';
	fd = MUST(open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	while (MUST(syscall(SYS_getdents64, fd, text, sizeof text)) > 0)
		;
	close(fd);
}

static void make_cgroup(void)
{
	int directory;

	find_cgroup_root();
	get("cgroup.controllers");
	look_for_old();
	put("cgroup.subtree_control", "+cpu +memory +pids", 18);
	file = decimal(stpcpy(leaf, "step5-"), getpid());
	*file = '\0';
	MUST(mkdir(cgroup, 0755));
	directory = MUST(open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	MUST(flock(directory, LOCK_EX | LOCK_NB));
	MUST(access(cgroup, F_OK));
	*file++ = '/';
	put("memory.max", "67108864", 8);
	put("pids.max", "64", 2);
	put("cpu.max", "50000", 5);
	put("memory.swap.max", "0", 1);
}

static void join_cgroup(pid_t pid)
{
	char word[16];

	put("cgroup.procs", word, decimal(word, pid) - word);
}

static void leave_cgroup(void)
{
	get("memory.events");
	file[-1] = '\0';
	while (rmdir(cgroup) == -1 && errno == EBUSY)
		poll(NULL, 0, 1);
}

/* ---- Network ----------------------------------------------------------------------------------- */

#define CABLE "step6-0a060000"
#define HOST htonl(0x0a060001)
#define INSIDE htonl(0x0a060002)

/* Requests are read as tables. */
/* clang-format off */
#define HEADER(what, type, flags) { .nlmsg_len = sizeof(what), .nlmsg_type = (type), \
				    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | (flags) }
#define ATTRIBUTE(value, type) { .rta_len = sizeof(struct rtattr) + sizeof(value), .rta_type = (type) }

static int kernel;

static void ask(const void *request, size_t size)
{
	struct { struct nlmsghdr header; struct nlmsgerr refusal; char rest[1024]; } answer;

	MUST(send(kernel, request, size, 0));
	MUST(recv(kernel, &answer, sizeof answer, 0));
	errno = -answer.refusal.error;
	MUST(errno ? -1 : 0);
}

/* Is the subnet in use? */
static void look_at_addresses(void)
{
	struct { struct nlmsghdr header; struct ifaddrmsg about; } dump = {
		.header = HEADER(dump, RTM_GETADDR, NLM_F_DUMP), .about.ifa_family = AF_INET };
	struct nlmsghdr *message;
	size_t length;

	MUST(send(kernel, &dump, sizeof dump, 0));
	for (;;) {
		length = MUST(recv(kernel, text, sizeof text, 0));
		for (message = (void *)text; NLMSG_OK(message, length); message = NLMSG_NEXT(message, length))
			if (message->nlmsg_type == NLMSG_DONE)
				return;
	}
}

/* The attributes nest: LINKINFO holds the kind and its data, which holds the peer, which holds the rest. */
static void lay_cable(pid_t pid)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg any;
		struct rtattr name_is; char name[16];
		struct {
			struct rtattr is;
			struct rtattr kind_is; char kind[4];
			struct {
				struct rtattr is;
				struct {
					struct rtattr is;
					struct ifinfomsg any;
					struct rtattr name_is; char name[8];
					struct rtattr pid_is; uint32_t pid;
				} peer;
			} data;
		} info;
	} request = {
		.header = HEADER(request, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL),
		.name_is = ATTRIBUTE(request.name, IFLA_IFNAME), .name = CABLE,
		.info.is = { sizeof request.info, IFLA_LINKINFO },
		.info.kind_is = ATTRIBUTE(request.info.kind, IFLA_INFO_KIND), .info.kind = "veth",
		.info.data.is = { sizeof request.info.data, IFLA_INFO_DATA },
		.info.data.peer.is = { sizeof request.info.data.peer, VETH_INFO_PEER },
		.info.data.peer.name_is = ATTRIBUTE(request.info.data.peer.name, IFLA_IFNAME),
		.info.data.peer.name = "eth0",
		.info.data.peer.pid_is = ATTRIBUTE(request.info.data.peer.pid, IFLA_NET_NS_PID),
		.info.data.peer.pid = pid,
	};

	ask(&request, sizeof request);
}

static void bring_up(const char *name, uint32_t address)
{
	struct ifreq the = { 0 };
	struct { struct nlmsghdr header; struct ifinfomsg about; } up = {
		.header = HEADER(up, RTM_NEWLINK, 0), .about = { .ifi_flags = IFF_UP, .ifi_change = IFF_UP } };
	struct { struct nlmsghdr header; struct ifaddrmsg about; struct rtattr is; uint32_t address; } have = {
		.header = HEADER(have, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL),
		.about = { .ifa_family = AF_INET, .ifa_prefixlen = 30 },
		.is = ATTRIBUTE(have.address, IFA_LOCAL), .address = address };

	strcpy(the.ifr_name, name);
	MUST(ioctl(kernel, SIOCGIFINDEX, &the));
	up.about.ifi_index = have.about.ifa_index = the.ifr_ifindex;
	if (address)
		ask(&have, sizeof have);
	ask(&up, sizeof up);
}

static void connect_outside(pid_t pid)
{
	kernel = MUST(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
	look_at_addresses();
	lay_cable(pid);
	bring_up(CABLE, HOST);
}

static void connect_inside(void)
{
	struct { struct nlmsghdr header; struct rtmsg about; struct rtattr is; uint32_t gateway; } route = {
		.header = HEADER(route, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL),
		.about = { .rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN,
			   .rtm_protocol = RTPROT_STATIC, .rtm_type = RTN_UNICAST },
		.is = ATTRIBUTE(route.gateway, RTA_GATEWAY), .gateway = HOST };

	kernel = MUST(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
	bring_up("lo", 0);
	bring_up("eth0", INSIDE);
	ask(&route, sizeof route);
}
/* clang-format on */

/* ---- Both sides -------------------------------------------------------------------------------- */

static int inside(void *nothing)
{
	struct pollfd host = { .fd = go[0] };

	(void)nothing;
	MUST(prctl(PR_SET_PDEATHSIG, SIGKILL));
	MUST(close(go[1]));
	if (read(go[0], text, 1) != 1)
		_exit(125);
	if (limited)
		MUST(unshare(CLONE_NEWCGROUP));
	if (step >= '2')
		MUST(sethostname("container", 9));
	if (step >= '6')
		connect_inside();
	MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	if (step >= '3')
		enter_rootfs();
	else
		MUST(mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
	MUST(sigaction(SIGCHLD, &sigchld_before, NULL));
	MUST(sigprocmask(SIG_SETMASK, &before, NULL));
	MUST(poll(&host, 1, 0));
	execv(*command, command);
	_exit(127);
}

static void prepare(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU };
	const struct sigaction by_default = { .sa_handler = SIG_DFL };
	struct sigaction ignored;

	MUST(geteuid() ? -1 : 0);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		MUST(fcntl(fd, F_GETFD));
	terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
	sigaddset(&awaited, SIGCHLD);
	sigaddset(&awaited, SIGALRM);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
		MUST(sigaction(signals[i], NULL, &ignored));
		sigaddset(&awaited, signals[i]);
	}
	MUST(sigaction(SIGCHLD, &by_default, &sigchld_before));
	MUST(sigprocmask(SIG_BLOCK, &awaited, &before));
	MUST(pipe2(go, O_CLOEXEC));
}

int main(int argc, char *argv[])
{
	static char stack[1 << 15] __attribute__((aligned(16)));
	int flags = CLONE_NEWNS | CLONE_NEWPID | SIGCHLD, status;
	siginfo_t info;
	pid_t pid;

	if (argc < 3 || (step = *argv[1]) < '1' || step > '6' || (step >= '3' && argc < 4))
		_exit(125);
	limited = step >= '5' && argv[1][1] != '-';
	rootfs = argv[2];
	command = argv + (step >= '3' ? 3 : 2);
	flags |= (step >= '2' ? CLONE_NEWUTS : 0) | (step >= '6' ? CLONE_NEWNET : 0);

	if (step >= '3')
		check_rootfs();
	prepare();
	if (limited)
		make_cgroup();
	pid = MUST(clone(inside, stack + sizeof stack, flags, NULL));
	if (step >= '6')
		connect_outside(pid);
	if (limited)
		join_cgroup(pid);
	MUST(write(go[1], "", 1));
	MUST(sigwaitinfo(&awaited, &info));
	MUST(waitpid(pid, &status, WNOHANG));
	MUST(getpgrp());
	if (terminal != -1)
		MUST(tcgetpgrp(terminal));
	if (limited)
		leave_cgroup();
	_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
}
