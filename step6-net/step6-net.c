/*
 * step6-net - step 5 with a network of its own, and a cable to the host.
 *
 *   new here   CLONE_NEWNET, and a veth pair made by rtnetlink
 *   see        sudo step6-net/step6-net build/rootfs ping -c 1 10.6.0.1
 *   break      sudo step6-net/step6-net --without veth build/rootfs ip addr
 *   read       step6-net/README.md; network_namespaces(7), veth(4), rtnetlink(7)
 *
 * Builds alone: cc -o step6-net step6-net.c
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <ifaddrs.h>
#include <limits.h>
#include <linux/openat2.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <mntent.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEP "step6-net"

enum { MEMORY, PIDS, CPUS, LIMITS };

/* The container: what was asked for, and what has been made of it. */
struct container {
	char **command;
	char *hostname;
	char *rootfs;
	struct volume { char *word, *source, *target, *mode; } *volumes;	/* SRC:DST[:ro], its parts */
	char *limits[LIMITS];		/* as the words of the options say, */
	char values[LIMITS][32];	/* and as the kernel is told */
	char cgroup[PATH_MAX];
	char *subnet;
	uint32_t network;	/* of the subnet; the host has the first address, the container the second */
	unsigned char prefix;
	char cable[IFNAMSIZ];	/* the host's end */
	pid_t pid;		/* as the host counts */
	int go[2];		/* the handshake: a pipe from outside to inside */
	sigset_t before;	/* the signals that were blocked before we came */
	bool foreground;	/* did the terminal listen to us? */
};

/* DO makes a call, says it under --explain, and ends the program if it fails. SHOW says computed
 * values. MAY leaves a failure to the caller. The rest is at the end: the workbench. */
#define DO(why, call) SHOW(why, call, "%s", #call)
#define SHOW(why, call, ...) (say(why, __VA_ARGS__), pause_here("        "), done(call))
#define MAY(why, call, ...) (say(why, __VA_ARGS__), pause_here("        "), noted(call))
__attribute__((format(printf, 2, 3))) static void say(const char *why, const char *format, ...);
__attribute__((format(printf, 1, 2), noreturn)) static void complain(const char *format, ...);
static void pause_here(const char *indent);
static long noted(long result), done(long result);
static bool with(const char *brick);
static const char *names_of(unsigned long clone_flags);
static void prepare(struct container *c), wait_for_go(struct container *c), give_go(struct container *c);
static int become_command(struct container *c), wait_for_end(struct container *c);
static void check_rootfs(const char *rootfs), make_tree(const struct container *c);
static const char *cgroup_root(void);
static void make_cgroup(struct container *c);
static void join_cgroup(const struct container *c), report_oom(const struct container *c);
static void connect_outside(const struct container *c), connect_inside(const struct container *c);

/* ---- Inside: what the container does to itself before it becomes COMMAND ----------------------- */

static int inside(void *container)
{
	struct container *c = container;

	wait_for_go(c);

	/* Only now: the namespace's root is the cgroup that we are in at this moment. */
	if (with("cgroup") && with("cgroupns"))
		DO("see our cgroup as the root", unshare(CLONE_NEWCGROUP));

	if (with("uts"))
		SHOW("give the container a hostname of its own", sethostname(c->hostname, strlen(c->hostname)),
		     "sethostname(\"%s\", %zu)", c->hostname, strlen(c->hostname));

	if (with("net"))
		connect_inside(c);

	/* The loan repaid: / is shared on most hosts, and a shared mount passes on what is mounted below. */
	DO("keep our mounts to ourselves", mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));

	if (with("bind"))
		SHOW("make ROOTFS a mount point: pivot_root takes nothing else",
		     mount(c->rootfs, c->rootfs, NULL, MS_BIND | MS_REC, NULL),
		     "mount(\"%s\", \"%s\", NULL, MS_BIND | MS_REC, NULL)", c->rootfs, c->rootfs);
	SHOW("stand in ROOTFS: from here every path is short", chdir(c->rootfs), "chdir(\"%s\")", c->rootfs);
	if (with("proc"))
		DO("let ps read our PIDs instead of the host's",
		   mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
	make_tree(c);

	if (with("pivot")) {
		DO("make ROOTFS the root, and put the old one on its /tmp", syscall(SYS_pivot_root, ".", "tmp"));
		DO("stand in the new root", chdir("/"));
	}
	if (with("pivot") && with("detach"))
		DO("let go of the host's tree, with all that is mounted in it", umount2("/tmp", MNT_DETACH));
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);

	return become_command(c);
}

/* ---- Outside: what the host does for it -------------------------------------------------------- */

static int outside(struct container *c)
{
	static char stack[1 << 18] __attribute__((aligned(16)));
	unsigned long flags = CLONE_NEWNS | SIGCHLD;
	int status;

	if (with("pid"))
		flags |= CLONE_NEWPID;
	if (with("uts"))
		flags |= CLONE_NEWUTS;
	if (with("net"))
		flags |= CLONE_NEWNET;

	prepare(c);
	check_rootfs(c->rootfs);
	if (with("cgroup"))
		make_cgroup(c);
	c->pid = SHOW("start the container in namespaces of its own",
		      clone(inside, stack + sizeof stack, flags, c),
		      "clone(inside, stack, %s, c)", names_of(flags));
	if (with("net") && with("veth"))
		connect_outside(c);
	if (with("cgroup"))
		join_cgroup(c);
	give_go(c);
	status = wait_for_end(c);
	if (with("cgroup"))
		report_oom(c);
	return status;
}

/* ---- Files: a mount table under ROOTFS --------------------------------------------------------- */

/* ROOTFS is never written to: it has to bring its mount points along. */
static void check_rootfs(const char *rootfs)
{
	static const char *const needed[] = { "/.", "/proc", "/sys", "/dev", "/tmp" };
	char path[PATH_MAX];
	struct stat it;

	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
		snprintf(path, sizeof path, "%s%s", rootfs, needed[i]);
		if (MAY("see that ROOTFS is whole", lstat(path, &it), "lstat(\"%s\")", path) == -1 ||
		    !S_ISDIR(it.st_mode))
			complain("%s is not a directory: ROOTFS needs proc, sys, dev and tmp "
				 "(lab/rootfs makes one that has them)", path);
	}
}

/* Take --volume's word apart, while relative paths still mean what the reader meant. */
static void read_volume(struct volume *v)
{
	char *parts = strdup(v->word);

	v->source = strsep(&parts, ":");
	v->target = strsep(&parts, ":");
	v->mode = parts;
	if (!v->target || *v->target != '/' || !v->target[strspn(v->target, "/.")] ||
	    (v->mode && strcmp(v->mode, "ro") != 0))
		complain("--volume %s: it is SRC:DST or SRC:DST:ro, and DST a path below /", v->word);
	if (!(v->source = realpath(v->source, NULL)))
		complain("--volume %s: its SRC: %s", v->word, strerror(errno));
}

/* A descriptor of what is at TARGET, whatever links and dots say never outside ROOTFS. */
static int find_in_rootfs(const char *target)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT };
	long found = MAY("find the place, without leaving ROOTFS",
			 syscall(SYS_openat2, AT_FDCWD, target, &how, sizeof how),
			 "openat2(AT_FDCWD, \"%s\", {O_PATH | O_CLOEXEC, RESOLVE_IN_ROOT})", target);

	if (found == -1)
		complain("ROOTFS has no %s to mount on (%s): make it there first", target, strerror(errno));
	return found;
}

/* mount_setattr(2) on the mount at TARGET and on all below it: MS_REMOUNT would reach the first only. */
static void make_read_only(const char *target)
{
	const uint64_t read_only[4] = { MS_RDONLY };	/* struct mount_attr: set, clear, propagation, user */
	int top = find_in_rootfs(target);

	SHOW("make it read-only: to a bind, MS_RDONLY says nothing",
	     syscall(SYS_mount_setattr, top, "", AT_EMPTY_PATH | AT_RECURSIVE, read_only, sizeof read_only),
	     "mount_setattr(%d, \"\", AT_EMPTY_PATH | AT_RECURSIVE, {MOUNT_ATTR_RDONLY})", top);
}

static void make_volume(const struct volume *v)
{
	char place[32];

	snprintf(place, sizeof place, "/proc/self/fd/%d", find_in_rootfs(v->target));
	SHOW("show the host's files there", mount(v->source, place, NULL, MS_BIND | MS_REC, NULL),
	     "mount(\"%s\", \"%s\", NULL, MS_BIND | MS_REC, NULL)", v->source, place);
	if (v->mode)
		make_read_only(v->target);
}

/* A user namespace may mount a sysfs only if it owns the network namespace, too. */
static void make_sys(void)
{
	unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;

	if (MAY("show the kernel's devices, not to be changed", mount("sysfs", "sys", "sysfs", flags, NULL),
		"mount(\"sysfs\", \"sys\", \"sysfs\", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL)") == 0)
		return;
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

	DO("have an empty /dev", mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=64k"));
	for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
		SHOW("have a file to mount on", mknod(nodes[i] + 1, S_IFREG, 0),
		     "mknod(\"%s\", S_IFREG, 0)", nodes[i] + 1);
		SHOW("show the host's device there", mount(nodes[i], nodes[i] + 1, NULL, MS_BIND, NULL),
		     "mount(\"%s\", \"%s\", NULL, MS_BIND, NULL)", nodes[i], nodes[i] + 1);
	}
	DO("have a place for terminals", mkdir("dev/pts", 0755));
	DO("have terminals of its own", mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
					      "newinstance,mode=620,ptmxmode=666"));
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		SHOW("have the usual names", symlink(links[i][0], links[i][1]),
		     "symlink(\"%s\", \"%s\")", links[i][0], links[i][1]);
}

/* A cgroup2 mounted in the host's cgroup namespace would take the options from the host's own mount. */
static void make_cgroup_files(void)
{
	if (with("cgroupns")) {
		DO("let it read its limits", mount("cgroup2", "sys/fs/cgroup", "cgroup2",
						   MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
		return;
	}
	SHOW("let it read the host's cgroups", mount(cgroup_root(), "sys/fs/cgroup", NULL, MS_BIND, NULL),
	     "mount(\"%s\", \"sys/fs/cgroup\", NULL, MS_BIND, NULL)", cgroup_root());
	make_read_only("/sys/fs/cgroup");
}

/* All that is mounted in ROOTFS, where we stand. */
static void make_tree(const struct container *c)
{
	if (with("sys"))
		make_sys();
	if (with("sys") && with("cgroup"))
		make_cgroup_files();
	if (with("dev"))
		make_dev();
	if (with("tmp"))
		DO("have an empty /tmp", mount("tmpfs", "tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"));
	for (const struct volume *v = c->volumes; v->word; v++)
		make_volume(v);
}

/* ---- Limits: a cgroup's files are its interface ------------------------------------------------ */

static const struct limit {
	const char *file, *digits, *units, *option, *rule;
	double least, most, scale;
} limits[LIMITS] = {
	{ "memory.max", "0123456789", "KMGT", "memory",
	  "SIZE is in bytes or ends in K, M, G or T; at least 1M, which the start needs; or max",
	  0x1p20, 0x1p52, 1 },
	{ "pids.max", "0123456789", "", "pids", "N is a whole number from 1 to 4194304, or max", 1, 4194304, 1 },
	{ "cpu.max", "0123456789.", "", "cpus", "X is a number from 0.01 to 8192, or max", 0.01, 8192, 100000 },
};

/* What the kernel is to be told for WORD. False if the rule of the limit is broken. */
static bool read_limit(const struct limit *l, const char *word, char value[32])
{
	char *end;
	double number = strtod(word, &end);
	const char *unit = *end ? strchr(l->units, toupper(*end)) : NULL;

	if (strcmp(word, strcpy(value, "max")) == 0)
		return true;
	if (end == word || end != word + strspn(word, l->digits) || end[unit != NULL])
		return false;
	for (const char *u = l->units; unit && u <= unit; u++)
		number *= 1024;
	snprintf(value, 32, "%.0f", number * l->scale);	/* cpu.max: microseconds of every 100000 */
	return number >= l->least && number <= l->most;
}

/* Where the first cgroup2 is mounted, NULL if nowhere. */
static const char *cgroup_root(void)
{
	FILE *mounts = setmntent("/proc/self/mounts", "r");
	struct mntent *m = NULL;

	while (mounts && (m = getmntent(mounts)) && strcmp(m->mnt_type, "cgroup2") != 0)
		;
	if (mounts)
		endmntent(mounts);
	return m ? m->mnt_dir : NULL;
}

/* Write VALUE into a cgroup's file. Returns -1, with errno, if the kernel won't have it. */
static long put(const char *why, const char *cgroup, const char *file, const char *value)
{
	size_t length = strlen(value);
	char path[PATH_MAX];
	long fd, wrote;

	snprintf(path, sizeof path, "%s/%s", cgroup, file);
	if ((fd = MAY(why, open(path, O_WRONLY | O_CLOEXEC), "open(\"%s\", O_WRONLY | O_CLOEXEC)", path)) == -1)
		return -1;
	wrote = MAY(why, write(fd, value, length), "write(%ld<%s>, \"%s\", %zu)", fd, file, value, length);
	close(fd);
	return wrote;
}

/* What a cgroup's file says. */
static char *get(const char *why, const char *cgroup, const char *file)
{
	static char text[1 << 16];
	long fd, length;

	snprintf(text, sizeof text, "%s/%s", cgroup, file);
	fd = SHOW(why, open(text, O_RDONLY | O_CLOEXEC), "open(\"%s\", O_RDONLY | O_CLOEXEC)", text);
	length = SHOW(why, read(fd, text, sizeof text - 1), "read(%ld<%s>, text, %zu)", fd, file, sizeof text - 1);
	close(fd);
	text[length] = '\0';
	return text;
}

/* Remove our cgroup, and those of runs that were killed before they could. */
static void sweep(void)
{
	char pattern[PATH_MAX];
	glob_t found = { 0 };

	snprintf(pattern, sizeof pattern, "%s/step5-*", cgroup_root());
	glob(pattern, 0, NULL, &found);
	for (char **cgroup = found.gl_pathv; cgroup && *cgroup; cgroup++) {
		pid_t owner = atoi(strrchr(*cgroup, '-') + 1);

		if (owner == getpid() || (kill(owner, 0) == -1 && errno == ESRCH))
			MAY("leave nothing behind", rmdir(*cgroup), "rmdir(\"%s\")", *cgroup);
	}
	globfree(&found);
}

/* A cgroup that hands controllers out may hold no processes itself: move them to a leaf. */
static void evacuate(const char *root)
{
	char leaf[PATH_MAX], *list, *pid;

	snprintf(leaf, sizeof leaf, "%s/evacuated", root);
	if (MAY("make a leaf for the processes that it holds itself, for good", mkdir(leaf, 0755),
		"mkdir(\"%s\", 0755)", leaf) == -1 && errno != EEXIST)
		done(-1);
	list = get("see which processes it holds", root, "cgroup.procs");
	while ((pid = strsep(&list, "\n")) && *pid) {
		if (strcmp(pid, "0") == 0)
			complain("%s holds processes of another PID namespace (its cgroup.procs shows them as 0): "
				 "only there can they be moved to a leaf", root);
		if (put("move a process to the leaf", leaf, "cgroup.procs", pid) == -1 && errno != ESRCH)
			done(-1);
	}
}

/* Have cpu, memory and pids in the cgroups below ROOT. All at once: one by one would make it "threaded". */
static void hand_out_controllers(const char *root)
{
	int rounds = 10;	/* while we move them, processes make new ones */

	while (put("hand its controllers to the cgroups below, for good", root, "cgroup.subtree_control",
		   "+cpu +memory +pids") == -1) {
		if (errno != EBUSY || !with("evacuate") || rounds-- == 0)
			done(-1);
		evacuate(root);
	}
}

/* Make the cgroup, and write its limits before anybody is in it. */
static void make_cgroup(struct container *c)
{
	const char *root = cgroup_root(), *there = "";

	if (root)
		there = get("see what can be limited", root, "cgroup.controllers");
	/* "cpu ": there is a cpuset, too. */
	if (!strstr(there, "cpu ") || !strstr(there, "memory") || !strstr(there, "pids"))
		complain("no cgroup2 here has cpu, memory and pids: if they are on cgroup v1, boot Linux with "
			 "cgroup_no_v1=all systemd.unified_cgroup_hierarchy=1, or use the lab VM: make vm");
	sweep();
	atexit(sweep);
	hand_out_controllers(root);
	snprintf(c->cgroup, sizeof c->cgroup, "%s/step5-%d", root, getpid());
	SHOW("make a cgroup for the container", mkdir(c->cgroup, 0755), "mkdir(\"%s\", 0755)", c->cgroup);
	for (int i = 0; i < LIMITS; i++)
		if (put("set a limit while nobody is in it", c->cgroup, limits[i].file, c->values[i]) == -1)
			done(-1);
	if (*c->values[MEMORY] != 'm' &&
	    put("keep it out of swap: that would hide the limit", c->cgroup, "memory.swap.max", "0") == -1 &&
	    errno != ENOENT)	/* a kernel that doesn't account for swap */
		done(-1);
}

static void join_cgroup(const struct container *c)
{
	char pid[16];

	snprintf(pid, sizeof pid, "%d", c->pid);
	if (put("put the container into its cgroup before COMMAND runs", c->cgroup, "cgroup.procs", pid) == -1)
		done(-1);
}

static void report_oom(const struct container *c)
{
	const char *kills = strstr(get("see whether memory ran out", c->cgroup, "memory.events"), "oom_kill ");

	if (kills && *c->values[MEMORY] != 'm' && atoi(kills + strlen("oom_kill ")) > 0)
		fprintf(stderr, STEP ": killed by the kernel: it wanted more than the %s of --memory\n", c->limits[MEMORY]);
}

/* ---- Network: rtnetlink, message by message ------------------------------------------------------ */

/* A request: a header, the header of its family, and attributes. */
struct request {
	struct nlmsghdr header;
	char body[512];
};

/* Begin a request of TYPE; ABOUT is an ifinfomsg, ifaddrmsg or rtmsg. */
static struct request request(int type, int flags, const void *about, size_t size)
{
	struct request r = { .header = { .nlmsg_len = NLMSG_LENGTH(size), .nlmsg_type = type,
					 .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags } };

	memcpy(r.body, about, size);
	return r;
}

/* Append an attribute. Returns it, so that end() can make others part of it. */
static struct rtattr *attribute(struct request *r, int type, const void *value, size_t size)
{
	struct rtattr *a = (struct rtattr *)((char *)r + NLMSG_ALIGN(r->header.nlmsg_len));

	a->rta_type = type;
	a->rta_len = RTA_LENGTH(size);
	if (size)
		memcpy(RTA_DATA(a), value, size);
	r->header.nlmsg_len = NLMSG_ALIGN(r->header.nlmsg_len) + RTA_SPACE(size);
	return a;
}

static void end(struct request *r, struct rtattr *nest)
{
	nest->rta_len = (char *)r + r->header.nlmsg_len - (char *)nest;
}

/* Send a request and read the kernel's answer. Returns -1, with errno, if that is a refusal. */
static long ask(int kernel, const char *why, const struct request *r, const char *what)
{
	struct { struct nlmsghdr header; struct nlmsgerr refusal; char rest[1024]; } answer;

	SHOW(why, send(kernel, r, r->header.nlmsg_len, 0), "send(%d, {%s})", kernel, what);
	say(why, "recv(%d, {the answer to %s})", kernel, what);
	pause_here("        ");
	if (recv(kernel, &answer, sizeof answer, 0) == -1)
		done(-1);
	errno = -answer.refusal.error;
	return noted(errno ? -1 : 0);
}

/* Make a veth pair: one end here, the other as eth0 in the container. */
static long lay_cable(int kernel, const struct container *c)
{
	const struct ifinfomsg any = { 0 };
	struct request r = request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &any, sizeof any);
	struct rtattr *info, *data, *peer;
	char what[96];

	attribute(&r, IFLA_IFNAME, c->cable, strlen(c->cable) + 1);
	info = attribute(&r, IFLA_LINKINFO, NULL, 0);
	attribute(&r, IFLA_INFO_KIND, "veth", strlen("veth"));
	data = attribute(&r, IFLA_INFO_DATA, NULL, 0);
	peer = attribute(&r, VETH_INFO_PEER, &any, sizeof any);
	attribute(&r, IFLA_IFNAME, "eth0", sizeof "eth0");
	attribute(&r, IFLA_NET_NS_PID, &c->pid, sizeof c->pid);
	end(&r, peer);
	end(&r, data);
	end(&r, info);
	snprintf(what, sizeof what, "RTM_NEWLINK veth %s, eth0 in the namespace of %d", c->cable, c->pid);
	return ask(kernel, "lay a cable to the container", &r, what);
}

/* Bring an interface up, with its address if it needs one. */
static void bring_up(int kernel, const char *name, uint32_t address, unsigned char prefix)
{
	unsigned index = if_nametoindex(name);
	const struct ifinfomsg link = { .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	const struct ifaddrmsg place = { .ifa_family = AF_INET, .ifa_prefixlen = prefix, .ifa_index = index };
	struct request up = request(RTM_NEWLINK, 0, &link, sizeof link);
	struct request have = request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &place, sizeof place);
	char what[96];

	attribute(&have, IFA_LOCAL, &address, sizeof address);
	snprintf(what, sizeof what, "RTM_NEWADDR %s %s/%d", name, inet_ntoa((struct in_addr){ address }), prefix);
	if (address && ask(kernel, "give the interface its address", &have, what) == -1)
		done(-1);
	snprintf(what, sizeof what, "RTM_NEWLINK %s IFF_UP", name);
	if (ask(kernel, "bring the interface up: it was born down", &up, what) == -1)
		done(-1);
}

/* SUBNET is a network address and a prefix; it must hold two hosts. */
static bool read_subnet(const char *word, struct container *c)
{
	char address[16], prefix[3], rest;
	struct in_addr network;

	if (sscanf(word, "%15[0-9.]/%2[0-9]%c", address, prefix, &rest) != 2)
		return false;
	c->prefix = atoi(prefix);
	if (inet_pton(AF_INET, address, &network) != 1 || c->prefix < 8 || c->prefix > 30)
		return false;
	c->network = ntohl(network.s_addr);
	snprintf(c->cable, sizeof c->cable, "step6-%08x", c->network);
	return c->network << c->prefix == 0 && c->network >> 24 != 0 && c->network >> 24 < 224;
}

/* The interface that has an address in the subnet already, "" if none has. */
static const char *subnet_user(const struct container *c)
{
	static char user[IFNAMSIZ];
	struct ifaddrs *all = NULL;
	uint32_t mask = htonl(~0u << (32 - c->prefix));

	user[0] = '\0';
	getifaddrs(&all);
	for (struct ifaddrs *i = all; i; i = i->ifa_next)
		if (i->ifa_addr && i->ifa_addr->sa_family == AF_INET) {
			uint32_t its = ((struct sockaddr_in *)i->ifa_addr)->sin_addr.s_addr;
			uint32_t its_mask = ((struct sockaddr_in *)i->ifa_netmask)->sin_addr.s_addr;

			if (((its ^ htonl(c->network)) & mask & its_mask) == 0)
				snprintf(user, sizeof user, "%s", i->ifa_name);
		}
	freeifaddrs(all);
	return user;
}

/* The cable is called after its subnet: so the kernel itself refuses the same subnet twice. */
static void connect_outside(const struct container *c)
{
	int kernel = DO("speak rtnetlink", socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
	int patience = 100;	/* a container that has ended keeps its cable for some milliseconds */
	const char *user;

	while (*(user = subnet_user(c)) || lay_cable(kernel, c) == -1) {
		if (!*user && errno != EEXIST)
			done(-1);
		if (patience-- == 0 || (*user && strncmp(user, "step6-", 6) != 0))
			complain("subnet %s is in use by %s: choose another with --subnet, such as 10.6.1.0/30",
				 c->subnet, *user ? user : c->cable);
		poll(NULL, 0, 10);
	}
	bring_up(kernel, c->cable, htonl(c->network + 1), c->prefix);
}

static void connect_inside(const struct container *c)
{
	const struct rtmsg everywhere = { .rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN,
					  .rtm_protocol = RTPROT_STATIC, .rtm_type = RTN_UNICAST };
	struct request route = request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &everywhere, sizeof everywhere);
	uint32_t host = htonl(c->network + 1);
	int kernel = DO("speak rtnetlink", socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));

	bring_up(kernel, "lo", 0, 0);
	if (!with("veth"))
		return;
	bring_up(kernel, "eth0", htonl(c->network + 2), c->prefix);
	attribute(&route, RTA_GATEWAY, &host, sizeof host);
	if (ask(kernel, "send what is for elsewhere through the host", &route, "RTM_NEWROUTE default") == -1)
		done(-1);
}

/* ---- What the reader may say -------------------------------------------------------------------- */

#define USAGE "[OPTION]... ROOTFS COMMAND [ARG...]"
#define REMEDY "use sudo, or the lab VM: make vm"

/* What --without can leave out. */
static struct brick { const char *name, *what; bool out; } bricks[] = {
	{ "pid", "CLONE_NEWPID: COMMAND is PID 1", false },
	{ "proc", "a procfs of its own: ps sees the container's PIDs", false },
	{ "uts", "CLONE_NEWUTS: a hostname of its own", false },
	{ "sys", "a sysfs, read-only", false },
	{ "dev", "a /dev with the few devices that everybody needs", false },
	{ "tmp", "an empty /tmp that is gone with the container", false },
	{ "bind", "ROOTFS bound onto itself: pivot_root wants a mount point", false },
	{ "pivot", "pivot_root(2): ROOTFS is /, and the root mount", false },
	{ "detach", "the host's tree is taken away", false },
	{ "cgroup", "a cgroup with limits", false },
	{ "evacuate", "processes move out of a cgroup that is to hand out controllers", false },
	{ "cgroupns", "CLONE_NEWCGROUP: it sees its cgroup as the root", false },
	{ "net", "CLONE_NEWNET: interfaces, routes and ports of its own", false },
	{ "veth", "a cable to the host, with addresses and a route", false },
	{ NULL, NULL, false }
};

/* An option takes a word; next is how far on the following one goes, if it may be repeated. */
struct option { const char *name; char **place; int next; const char *word, *what; };
static char **read_options(struct option *options, char **words);

int main(int argc, char *argv[])
{
	struct container c = { .foreground = false };
	c.hostname = "container";
	c.volumes = calloc(argc + 1, sizeof *c.volumes);
	c.limits[MEMORY] = "64M";
	c.limits[PIDS] = "64";
	c.limits[CPUS] = "0.5";
	c.subnet = "10.6.0.0/30";
	struct option options[] = {
		{ "hostname", &c.hostname, 0, "NAME", "its name (container)" },
		{ "volume", &c.volumes->word, sizeof *c.volumes / sizeof(char *), "SRC:DST[:ro]",
		  "show the host's SRC at DST, which ROOTFS has to have" },
		{ "memory", &c.limits[MEMORY], 0, "SIZE", "at most so much, with K, M, G or T, or max (64M)" },
		{ "pids", &c.limits[PIDS], 0, "N", "at most so many processes, or max (64)" },
		{ "cpus", &c.limits[CPUS], 0, "X", "at most the time of so many CPUs, or max (0.5)" },
		{ "subnet", &c.subnet, 0, "CIDR", "the host gets its first address (10.6.0.0/30)" },
		{ NULL, NULL, 0, NULL, NULL }
	};
	char **words = read_options(options, argv + (argc > 0));

	if (*words)
		c.rootfs = *words++;
	if (c.rootfs && *c.rootfs == '.' && !c.rootfs[strspn(c.rootfs, "./")])
		c.rootfs = realpath(c.rootfs, NULL);	/* chdir(".") would stay below the bind mount */
	c.command = words;
	if (!*words)
		complain("a word is missing: usage: " STEP " " USAGE);
	if (!*c.hostname || strlen(c.hostname) > HOST_NAME_MAX)
		complain("--hostname \"%s\": a name has 1 to %d bytes", c.hostname, HOST_NAME_MAX);
	for (struct volume *v = c.volumes; v->word; v++)
		read_volume(v);
	for (int i = 0; i < LIMITS; i++)
		if (!read_limit(&limits[i], c.limits[i], c.values[i]))
			complain("--%s \"%s\": %s", limits[i].option, c.limits[i], limits[i].rule);
	if (!read_subnet(c.subnet, &c))
		complain("--subnet %s: it is a network's address and a prefix from 8 to 30, such as 10.6.0.0/30", c.subnet);
	return outside(&c);
}

/* ---- Workbench: the same lines in every step --------------------------------------------------- */

static const char *side = "outside";	/* which side of the wall is talking */
static bool explain, paused;		/* --explain, --explain=pause */
static int terminal = -1;		/* where Enter comes from */
static const char *reason;		/* for the call that is being made, */
static char call[8192];			/* and its text */

/* Say a call before it is made. */
static void say(const char *why, const char *format, ...)
{
	va_list values;

	reason = why;
	va_start(values, format);
	vsnprintf(call, sizeof call, format, values);
	va_end(values);
	if (explain)
		fprintf(stderr, "%-8s # %s\n         %s", side, reason, call);
}

/* Under --explain=pause, wait for Enter; what comes of the call goes to a line of its own. */
static void pause_here(const char *indent)
{
	struct pollfd enter = { .fd = terminal, .events = POLLIN };
	sigset_t held;
	char key = 0;

	while (paused && terminal != -1 && key != '\n' && !sigpending(&held)) {
		if (sigismember(&held, SIGINT) || sigismember(&held, SIGTERM) || sigismember(&held, SIGHUP))
			complain("ended by a signal while it waited for Enter");
		if (poll(&enter, 1, 100) != 0 && read(terminal, &key, 1) != 1)
			break;
	}
	if (paused)
		fputs(indent, stderr);
}

/* Say what came of it. */
static long noted(long result)
{
	int error = errno;

	if (explain && result == -1)
		fprintf(stderr, " = -1 (%s)\n", strerror(error));
	else if (explain)
		fprintf(stderr, " = %ld\n", result);
	errno = error;
	return result;
}

static long done(long result)
{
	if (noted(result) == -1)
		complain("cannot %s: %s: %s (see " STEP "/README.md, \"When it fails\")",
			 reason, call, strerror(errno));
	return result;
}

/* One line for the reader, and the end: with 125, as docker run has it. */
static void complain(const char *format, ...)
{
	char line[sizeof call + 256];
	va_list values;

	va_start(values, format);
	vsnprintf(line, sizeof line, format, values);
	va_end(values);
	fprintf(stderr, STEP ": %s\n", line);
	if (*side == 'i')
		_exit(125);	/* what exit(3) would undo is the host's to undo */
	exit(125);
}

/* Is this brick in the wall, or did the reader ask to leave it out? */
static bool with(const char *name)
{
	const struct brick *b = bricks;

	while (strcmp(b->name, name) != 0)
		b++;
	return !b->out;
}

static void leave_out(const char *name)
{
	char all[512] = "";

	for (struct brick *b = bricks; b->name; b++) {
		if (strcmp(b->name, name) == 0) {
			b->out = true;
			return;
		}
		strcat(strcat(all, " "), b->name);
	}
	complain("there is no brick \"%s\"; there are:%s", name, all);
}

static const char *names_of(unsigned long clone_flags)
{
	static char text[128];

	snprintf(text, sizeof text, "%s%s%s%sSIGCHLD",
		 clone_flags & CLONE_NEWPID ? "CLONE_NEWPID | " : "",
		 clone_flags & CLONE_NEWUTS ? "CLONE_NEWUTS | " : "",
		 clone_flags & CLONE_NEWNET ? "CLONE_NEWNET | " : "",
		 clone_flags & CLONE_NEWNS ? "CLONE_NEWNS | " : "");
	return text;
}

static void help(const struct option *o)
{
	printf("usage: " STEP " " USAGE "\n\n"
	       "  --explain[=pause]      say every system call as it is made; pause: wait for Enter before each\n");
	for (; o->name; o++)
		printf("  --%s %-*s %s\n", o->name, 20 - (int)strlen(o->name), o->word, o->what);
	printf("  --without BRICK        leave a brick out, to see what it was there for:\n");
	for (const struct brick *b = bricks; b->name; b++)
		printf("      %-18s %s\n", b->name, b->what);
	exit(0);
}

/* Read the options, which end at the first word that is none. Returns what follows them. */
static char **read_options(struct option *options, char **words)
{
	for (char *name, *value; *words && strncmp(*words, "--", 2) == 0; words++) {
		struct option *o = options;

		name = *words + 2;
		if ((value = strchr(name, '=')))
			*value++ = '\0';
		while (o->name && strcmp(o->name, name) != 0)
			o++;
		if (!*name)
			return words + 1;
		if (strcmp(name, "help") == 0)
			help(options);
		if (strcmp(name, "explain") == 0 && (!value || strcmp(value, "pause") == 0)) {
			explain = true;
			paused = value;
			continue;
		}
		if (!o->name && strcmp(name, "without") != 0)
			complain("there is no option --%s%s%s; --help lists them", name, value ? "=" : "", value ? value : "");
		if (!value && !(value = *++words))
			complain("--%s needs a value; --help says which", name);
		if (o->name)
			*o->place = value;
		else
			leave_out(value);
		o->place += o->next;
	}
	return words;
}

static const sigset_t *awaited(void)
{
	static const int signals[] = { SIGCHLD, SIGALRM, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE };
	static sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaddset(&set, signals[i]);
	return &set;
}

/* Outside, first: what waiting for the end will need. */
static void prepare(struct container *c)
{
	if (geteuid() != 0)
		complain("only root may do this: " REMEDY);
	terminal = MAY("have the terminal at hand, if there is one",
		       open("/dev/tty", O_RDWR | O_CLOEXEC), "open(\"/dev/tty\", O_RDWR | O_CLOEXEC)");
	if (paused && terminal == -1)
		complain("--explain=pause waits for Enter, and there is no terminal to press it on");
	if (terminal != -1)
		c->foreground = getpgrp() == MAY("see which process group it listens to",
						 tcgetpgrp(terminal), "tcgetpgrp(%d)", terminal);
	SHOW("hear of the container's end, even if our caller ignored such signals",
	     signal(SIGCHLD, SIG_DFL) == SIG_ERR ? -1 : 0, "signal(SIGCHLD, SIG_DFL)");
	SHOW("hold these signals until we wait for them", sigprocmask(SIG_BLOCK, awaited(), &c->before),
	     "sigprocmask(SIG_BLOCK, {CHLD, ALRM, TERM, INT, HUP, QUIT, PIPE}, &before)");
	DO("make the pipe on which the container waits for us", pipe2(c->go, O_CLOEXEC));
}

/* Inside, first: wait until the host has done its part. Until then the host has the word. */
static void wait_for_go(struct container *c)
{
	int armed = prctl(PR_SET_PDEATHSIG, SIGKILL), closed = close(c->go[1]);
	char byte;

	if (read(c->go[0], &byte, 1) != 1)
		_exit(125);	/* the host failed, and has said why */
	side = "inside";
	say("die when the host's side dies", "prctl(PR_SET_PDEATHSIG, SIGKILL)");
	done(armed);
	say("leave the writing end to the host", "close(%d)", c->go[1]);
	done(closed);
	say("wait until the host has done its part", "read(%d, &byte, 1)", c->go[0]);
	done(1);
}

/* Outside: let the container go on. The pipe stays open as long as we live. */
static void give_go(struct container *c)
{
	say("let the container go on", "write(%d, \"\", 1)%s", c->go[1], paused || !explain ? "" : "\n");
	pause_here("");
	if (write(c->go[1], "", 1) == -1)
		done(-1);
}

/* Inside, last: never comes back, unless COMMAND can't be run. */
static int become_command(struct container *c)
{
	struct pollfd host = { .fd = c->go[0] };
	char prompt[] = "step?# ";

	DO("have signals delivered again", sigprocmask(SIG_SETMASK, &c->before, NULL));
	SHOW("see whether the host's side lives: before the prctl its death sent no signal",
	     poll(&host, 1, 0), "poll(%d, POLLHUP)", host.fd);
	if (host.revents & POLLHUP)
		_exit(125);
	prompt[4] = STEP[4];
	setenv("PS1", prompt, 1);
	say("become COMMAND", "execvp(\"%s\", command)%s", *c->command, paused || !explain ? "" : "\n");
	pause_here("");
	execvp(*c->command, c->command);
	fprintf(stderr, STEP ": cannot become %s: execvp: %s%s (see " STEP "/README.md, \"When it fails\")\n",
		*c->command, strerror(errno), errno == ENOENT ? " (it, or the loader that it names)" : "");
	return errno == ENOENT ? 127 : 126;
}

/* Outside, last: pass signals on, wait, take the terminal back. Returns the exit status. */
static int wait_for_end(struct container *c)
{
	bool asked = false;
	siginfo_t info;
	int number, status;
	pid_t ended;

	do {
		number = sigwaitinfo(awaited(), &info);
		say("wait for its end, or for a signal to pass on", "sigwaitinfo({CHLD, ALRM, TERM, INT, HUP, QUIT, PIPE})");
		noted(number);
		if (number == SIGALRM)
			DO("end it: PID 1 ignores what it has no handler for", kill(c->pid, SIGKILL));
		else if (number > 0 && number != SIGCHLD) {
			if (info.si_code != SI_KERNEL)	/* then the terminal told COMMAND, too */
				SHOW("pass the signal on", kill(c->pid, number), "kill(%d, %d)", c->pid, number);
			if (!asked)
				DO("give it a second", alarm(1));
			asked = true;
		}
		ended = waitpid(c->pid, &status, WNOHANG);
		say("see whether it has ended", "waitpid(%d, &status, WNOHANG)", c->pid);
		done(ended);
	} while (ended == 0);

	if (c->foreground) {
		signal(SIGTTOU, SIG_IGN);	/* from behind, tcsetpgrp would stop us */
		MAY("take the terminal back, if a shell had it", tcsetpgrp(terminal, getpgrp()),
		    "tcsetpgrp(%d, %d)", terminal, getpgrp());
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
