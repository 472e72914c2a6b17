/*
 * container.c - the wall, and the life of the container behind it.
 *
 * Read the table first: it lists the whole container, in the order in which box creates it. Then read the life of a
 * container: create, start, wait, delete. box run calls the four of them.
 *
 * The two sides communicate through a socket. The outside sends 'g' (my part is done: go on) and 'r' (you are recorded:
 * become the command). On the inside, execve(2) closes the socket; if anything fails, the inside sends its struct error.
 * With -t, it also sends the master of its terminal. Under --explain, it sends 'd' (my part is done) before it waits for
 * 'r', so that only one side prints at a time.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "box.h"
#include "bricks.h"

const struct brick wall[] = {
	{ "user", "CLONE_NEWUSER with --userns auto: root inside, an unprivileged user outside", user_flags, user_before, user_outside, user_inside, NULL },
	{ "pid", "CLONE_NEWPID: the command is PID 1", pid_flags, NULL, NULL, NULL, NULL },
	{ "ipc", "CLONE_NEWIPC: message queues and shared memory of its own", ipc_flags, NULL, NULL, NULL, NULL },
	{ "cgroup", "a cgroup with its limits, in which the container starts", NULL, cgroup_before, NULL, NULL, cgroup_undo },
	{ "evacuate", "processes move out of a cgroup that has to enable controllers", NULL, NULL, NULL, NULL, NULL },
	{ "cgroupns", "CLONE_NEWCGROUP: it sees its cgroup as the root", cgroupns_flags, NULL, NULL, NULL, NULL },
	{ "uts", "CLONE_NEWUTS: a hostname of its own", uts_flags, NULL, NULL, uts_inside, NULL },
	{ "mount", NULL, mount_flags, NULL, NULL, mount_inside, NULL },	/* without it, its mounts would be the host's */
	{ "root", NULL, NULL, overlay_before, NULL, overlay_inside, NULL },	/* an overlay, or ROOTFS itself */
	{ "overlay", "what it writes goes to a directory of its own, not to ROOTFS", NULL, NULL, NULL, NULL, NULL },
	{ "proc", "a procfs of its own: ps sees the container's PIDs", NULL, NULL, NULL, proc_inside, NULL },
	{ "dev", "a /dev with the few devices that every program expects", NULL, NULL, NULL, dev_inside, NULL },
	{ "etc", "/etc/hosts, /etc/hostname and /etc/resolv.conf of its own", NULL, NULL, NULL, etc_inside, NULL },
	{ "net", "CLONE_NEWNET: interfaces, routes and ports of its own", net_flags, NULL, net_outside, net_inside, NULL },
	{ "veth", "a cable to the bridge, an address, a route, published ports", NULL, veth_before, veth_outside, veth_inside, veth_undo },
	{ "slirp", "the same without root, with slirp4netns or pasta", NULL, slirp_before, slirp_outside, NULL, slirp_undo },
	{ "sysctl", "--sysctl", NULL, NULL, NULL, sysctl_inside, NULL },	/* while /proc/sys is still writable */
	{ "sys", "a read-only sysfs, with its cgroup mounted in it", NULL, NULL, NULL, sys_inside, NULL },	/* it shows the network namespace that we are in */
	{ "mask", "no access to the kernel's secrets and settings in /proc and /sys", NULL, NULL, NULL, mask_inside, NULL },
	{ "volume", "--volume and --tmpfs", NULL, NULL, NULL, volume_inside, NULL },
	{ "read-only", "--read-only", NULL, NULL, NULL, read_only_inside, NULL },
	{ "pivot", "pivot_root(2): its root file system becomes the root mount", NULL, NULL, NULL, pivot_inside, NULL },
	{ "detach", "the host's tree is unmounted", NULL, NULL, NULL, detach_inside, NULL },
	{ "rlimit", "--ulimit", NULL, NULL, NULL, rlimit_inside, NULL },
	{ "streams", NULL, NULL, streams_before, streams_outside, streams_inside, NULL },	/* without it, the container could type on our terminal */
	{ "terminal", "a terminal of its own with -t, a log with -d", NULL, terminal_before, NULL, terminal_inside, NULL },
	{ "close", "no descriptors but 0, 1 and 2", NULL, NULL, NULL, close_inside, NULL },
	{ "caps", "few capabilities, and execve(2) adds none", NULL, NULL, NULL, caps_inside, NULL },
	{ "seccomp", "a system call filter", NULL, NULL, NULL, NULL, NULL },	/* loaded last, by inside_from */
	{ 0 }
};

enum { BRICKS = sizeof wall / sizeof *wall - 1 };

uint64_t brick_bit(const char *name)
{
	for (int i = 0; i < BRICKS; i++)
		if (strcmp(wall[i].name, name) == 0)
			return UINT64_C(1) << i;
	return 0;
}

bool with(const struct container *c, const char *name)
{
	return !(c->spec->without & brick_bit(name));
}

static bool standing(const struct container *c, int i)
{
	return !(c->spec->without >> i & 1);
}

/* ---- Inside -------------------------------------------------------------------------------------- */

/* Wait for the message WORD from the host, which may send a descriptor before it. If the host's side has ended, we end, too. */
static void wait_for_host(struct container *c, char word, const char *why)
{
	char said = 0;

	while (said != word)
		if (receive_descriptor(c->channel, &said, 1, &c->handed) != 1)
			_exit(125);
	if (explain)
		say(why, "recvmsg(%d) = 1\n", c->channel);
}

void host_is_done(struct container *c)
{
	if (!c->host_is_done)
		wait_for_host(c, 'g', "wait until the host has done its part");
	c->host_is_done = true;
}

/* Call this after any change of user: setresuid(2) clears the signal. So does execve(2) of a set-user-ID program. */
static void die_with_host(struct container *c)
{
	struct pollfd host = { .fd = c->channel };

	MAY("die when the host's side dies", prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl(PR_SET_PDEATHSIG, SIGKILL)");
	MAY("see whether it lives: had it died before the prctl, no signal would have come", poll(&host, 1, 0), "poll(%d, POLLHUP)",
	    host.fd);
	if (host.revents & POLLHUP)
		_exit(125);
}

/* execvp(3) fails with EACCES, too, if it can't search a directory of PATH. Is there a file with this name in any of the others? */
static bool is_in_path(const char *name)
{
	char file[PATH_MAX];
	struct stat it;

	for (const char *path = getenv("PATH"); path; path = strchr(path, ':') ? strchr(path, ':') + 1 : NULL) {
		snprintf(file, sizeof file, "%.*s/%s", (int)strcspn(path, ":"), path, name);
		if (stat(file, &it) == 0 && S_ISREG(it.st_mode))
			return true;
	}
	return false;
}

void become_command(struct container *c, char **command, char **environment)
{
	char name[HOST_NAME_MAX + 1] = "";
	struct statvfs root;
	sigset_t none;

	sigemptyset(&none);
	environ = environment;
	if (c->home)
		setenv("HOME", c->home, 0);
	if (gethostname(name, sizeof name) == 0)
		setenv("HOSTNAME", name, 0);
	MAY("unblock all signals", sigprocmask(SIG_SETMASK, &none, NULL), "sigprocmask(SIG_SETMASK, {}, NULL)");
	if (explain)
		say("become the command", "execvp(\"%s\", command)\n", *command);
	execvp(*command, command);
	if (errno == EACCES && !strchr(*command, '/'))
		errno = is_in_path(*command) ? EACCES : ENOENT;
	c->error.status = errno == ENOENT ? 127 : 126;
	fail_call(&c->error, "become the command", "execvp(\"%s\")", *command);
	remedy(&c->error, ENOENT, "it, or the loader that it names, is not in ROOTFS");
	if (statvfs("/", &root) == 0 && root.f_flag & ST_NOEXEC)
		remedy(&c->error, EACCES, "ROOTFS is on a file system mounted noexec; move ROOTFS, or run mount -o remount,exec");
}

/* Fail if a signal ended a wait. The command has not started yet, so box removes what it has created. */
static int check_interrupt(struct container *c)
{
	return interrupted ? fail(&c->error, "ended by a signal before the command started") : 0;
}

/* What box exec starts in the background outlives us, so it gets no parent-death signal. */
void inside_from(struct container *c, const char *first)
{
	const bool alone = c->joins && c->spec->detach;
	int i = 0;

	side = "inside";
	for (int number = 1; number < NSIG; number++)	/* a command can't expect that somebody ignores signals for it */
		signal(number, SIG_DFL);
	for (char **pair = environ; c->spec->init && *pair; pair++)
		memset(*pair, 0, strlen(*pair));	/* the caller's environment: an init keeps it, and the container can read it in /proc/1/environ */
	environ = c->spec->environment;
	if (!alone)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (explain || c->joins)	/* one side prints at a time; with exec, the host first has to know our PID */
		host_is_done(c);
	while (strcmp(wall[i].name, first) != 0)
		i++;
	for (; i < BRICKS; i++)
		if (standing(c, i) && wall[i].inside && (wall[i].inside(c) == -1 || check_interrupt(c) == -1))
			break;
	if (i == BRICKS) {
		host_is_done(c);
		if (!alone)
			die_with_host(c);
		if (explain)
			send(c->channel, "d", 1, MSG_NOSIGNAL);
		wait_for_host(c, 'r', "wait until box has recorded the container");
		if ((!with(c, "seccomp") || seccomp_apply(c) == 0) && (!c->spec->init || run_init(c) == 0))
			become_command(c, c->spec->command, environ);
	}
	send(c->channel, &c->error, sizeof c->error, MSG_NOSIGNAL);
	_exit(c->error.status);
}

static void inside(struct container *c)
{
	inside_from(c, "user");
}

/* ---- Outside ------------------------------------------------------------------------------------- */

/*
 * Receive the message of the inside, which may be its terminal. If it is an error, it becomes ours; returns -1. If the
 * inside ended before it read our last message, the first call fails with ECONNRESET, and the next returns the message.
 */
static int hear(struct container *c)
{
	struct error theirs;
	ssize_t length;

	do {
		if (!wait_to_read(c->channel, -1))
			return check_interrupt(c);
		length = receive_descriptor(c->channel, &theirs, sizeof theirs, &c->terminal);
	} while (length == -1 && errno == ECONNRESET);
	streams_catch_up(c);
	if (length != sizeof theirs)
		return 0;
	c->error = theirs;
	return -1;
}

/* clone3(2), called like fork(2): the child continues in a copy of our memory. */
int start_child(struct container *c, unsigned long flags, void (*child)(struct container *))
{
	int ends[2] = { -1, -1 }, pidfd = -1;
	struct clone_args arguments = { .pidfd = (uintptr_t)&pidfd, .exit_signal = SIGCHLD };

	if (DO(&c->error, "create a socket for messages between the two sides",
	       socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) == -1)
		return -1;
	if (c->cgroup_fd >= 0) {
		flags |= CLONE_INTO_CGROUP;
		arguments.cgroup = c->cgroup_fd;
	}
	arguments.flags = flags | CLONE_PIDFD;
	if (explain)
		say("start the container in namespaces of its own", "clone3({0x%llx, cgroup=%llu, exit_signal=SIGCHLD})",
		    arguments.flags, arguments.cgroup);
	c->pid = syscall(SYS_clone3, &arguments, sizeof arguments);
	c->channel = ends[c->pid == 0];
	close(ends[c->pid != 0]);
	if (c->pid == 0)
		child(c);
	for (size_t i = 0; i < sizeof c->given / sizeof *c->given; i++)
		close_it(&c->given[i]);
	if (explain)
		told(c->pid);
	c->pidfd = pidfd;
	if (c->pid != -1)
		return 0;
	fail_call(&c->error, "start the container in namespaces of its own", "clone3({0x%llx})", arguments.flags);
	remedy(&c->error, EAGAIN, "the maximum number of processes is reached; raise --pids-limit, or ulimit -u for your user");
	return user_blocked(c);
}

/* Generate an ID: 46 random bits make it unique. It is also the hostname, so it begins with a letter: programs take a name
 * that consists only of digits for an address. */
static int make_id(struct container *c)
{
	unsigned char chance[6];

	if (getrandom(chance, sizeof chance, 0) != sizeof chance)
		return fail_call(&c->error, "generate an ID", "getrandom()");
	chance[0] |= 0xa0;
	for (size_t i = 0; i < sizeof chance; i++)
		sprintf(c->id + 2 * i, "%02x", chance[i]);
	return 0;
}

/* Block all signals until container_wait receives them. */
void hold_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_BLOCK, &all, NULL);
}

struct container container_of(const struct spec *s)
{
	return (struct container){ .spec = s, .directory = -1, .tree = -1, .pidfd = -1, .channel = -1, .cgroup_fd = -1, .handed = -1,
				   .given = { -1, -1, -1 }, .kept = { -1, -1, -1 }, .terminal = -1, .log = -1, .ids = -1,
				   .rootless = !is_root() };
}

/* If we can't reach the inside because it has ended, its last message says why. */
static int hear_why(struct container *c)
{
	if (c->error.number == EPIPE || c->error.number == ECONNRESET)
		(void)!hear(c);
	return -1;
}

/* The inside prints from then on, so --explain does not print the result of this call. */
int tell(struct container *c, const char *word, const char *why)
{
	if (explain)
		say(why, "send(%d, \"%s\", 1, MSG_NOSIGNAL)\n", c->channel, word);
	return send(c->channel, word, 1, MSG_NOSIGNAL) == 1 ? 0 : (fail_call(&c->error, why, "send(%d)", c->channel), hear_why(c));
}

/* Fail if a signal is pending that ends box: from the start of the command on, signals are for the command. */
static int check_signals(struct container *c)
{
	return wait_to_read(-1, 0) ? 0 : check_interrupt(c);
}

/* If a signal has ended a brick's wait, or if the inside has failed, the brick's error is not the reason. */
static int why_failed(struct container *c)
{
	return check_interrupt(c) == -1 || c->channel == -1 ? -1 : hear_why(c);
}

int container_create(struct container *c, const struct spec *s)
{
	CLOSED int store = -1;

	*c = container_of(s);
	umask(022);	/* other users have to read what we create, whatever the caller's umask is */
	if (s->name)
		snprintf(c->id, sizeof c->id, "%s", s->name);
	else if (make_id(c) == -1)
		return -1;
	hold_signals();	/* before anything is created, so that no signal can end box and leave it behind */
	if ((store = store_open(c->root, &c->error)) == -1)
		return -1;
	store_sweep(store, c->root, 16);
	if (store_make(c, store) == -1)
		return -1;
	for (int i = 0; i < BRICKS; i++) {
		if (!standing(c, i))
			continue;
		if (wall[i].before && wall[i].before(c) == -1)
			return why_failed(c);
		if (wall[i].flags)
			c->namespaces |= wall[i].flags(s);
	}
	if (check_signals(c) == -1 || start_child(c, c->namespaces, inside) == -1)
		return -1;
	for (int i = 0; i < BRICKS; i++)
		if (standing(c, i) && wall[i].outside && wall[i].outside(c) == -1)
			return why_failed(c);
	close_it(&c->handed);
	return tell(c, "g", "let the container go on") == -1 ? -1 : record_write(c);
}

int container_start(struct container *c)
{
	if (c->spec->tty && with(c, "terminal") && (hear(c) == -1 || terminal_ready(c) == -1))
		return -1;
	if ((explain && hear(c) == -1) || check_signals(c) == -1 || tell(c, "r", "let it become the command") == -1)
		return -1;
	hide_values(c->spec->environment);	/* the container and the record have copies */
	store_prepare_next(c);	/* do it now: when the container has ended, the caller waits for us */
	return hear(c);
}

/* Stop ourselves by the default action of the signal NUMBER. The kernel does not stop an orphaned process group: no shell could
 * continue it. */
void stop_with(int number)
{
	sigset_t one;

	sigemptyset(&one);
	sigaddset(&one, number);
	raise(number);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	sigprocmask(SIG_BLOCK, &one, NULL);
}

/* The container has a session of its own, so our terminal sends it no signals: we forward them to its first process group.
 * With --init, the command has a process group of its own, and the init forwards them to that (init.c). */
static void tell_group(struct container *c, int number)
{
	const siginfo_t word = { .si_signo = number, .si_code = SI_QUEUE };

	if (c->spec->init)
		MAY("pass the terminal's signal on", syscall(SYS_pidfd_send_signal, c->pidfd, number, &word, 0),
		    "pidfd_send_signal(%d, %d, {SI_QUEUE}, 0)", c->pidfd, number);
	else
		MAY("pass the terminal's signal on", kill(-c->pid, number), "kill(-%d, %d)", c->pid, number);
}

/*
 * A signal from the kernel comes from the terminal, and is meant for the whole job. Ctrl-Z stops the container and us.
 * Only SIGSTOP stops a PID 1, or a process group whose session has no shell. SIGPIPE concerns only our own output. If our caller
 * ignores a signal of the terminal (nohup, or a script that starts us in the background), it is not for the container, either.
 */
void pass_on(struct container *c, int number, int code)
{
	if (number == SIGCHLD || number == SIGPIPE || (is_ignored(number) && (code == SI_KERNEL || number == SIGHUP)))
		return;
	if (code == SI_KERNEL && number == SIGTSTP) {
		tell_group(c, c->spec->init ? SIGTSTP : SIGSTOP);
		stop_with(SIGTSTP);
		tell_group(c, SIGCONT);
	} else if (code == SI_KERNEL) {
		tell_group(c, number);
	} else {
		MAY("pass the signal on", syscall(SYS_pidfd_send_signal, c->pidfd, number, NULL, 0),
		    "pidfd_send_signal(%d, %d, NULL, 0)", c->pidfd, number);
	}
}

/* Returns the wait status: wait(2). */
static int wait_for_end(struct container *c)
{
	siginfo_t info;
	sigset_t all;
	int status = 125 << 8;	/* as after exit(125), if there is no child to wait for */

	sigfillset(&all);
	while (waitpid(c->pid, &status, WNOHANG) == 0) {
		if (sigwaitinfo(&all, &info) > 0) {
			pass_on(c, info.si_signo, info.si_code);
		} else if (errno != EINTR) {
			waitpid(c->pid, &status, 0);	/* forwards no more signals, but does not loop forever, either */
			break;
		}
	}
	return status;
}

int container_wait(struct container *c)
{
	int status;

	if (streams_served(c))
		streams_serve(c);
	status = wait_for_end(c);
	c->pid = 0;
	cgroup_report(c);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void take_down(struct container *c)
{
	for (int i = BRICKS - 1; i >= 0; i--)
		if (wall[i].undo && (!c->spec || standing(c, i)))
			wall[i].undo(c);
}

void container_delete(struct container *c)
{
	int status;

	if (c->pid > 0 && c->pidfd >= 0) {
		syscall(SYS_pidfd_send_signal, c->pidfd, SIGKILL, NULL, 0);
		waitpid(c->pid, &status, 0);
		c->pid = 0;
	}
	if (c->directory < 0)
		return;	/* the ID belongs to another container */
	take_down(c);
	store_remove(c);
}
