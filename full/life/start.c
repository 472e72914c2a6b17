/*
 * start.c - starts the container's process, or that of box exec, in the namespaces that it is born in.
 *
 * If it joins namespaces, there are three processes. The first is box: it waits and passes signals on. The second joins them. A
 * process can't move to another PID or time namespace, but its children can be born there. So the second process starts a third one,
 * which is a child of the first (CLONE_PARENT). The third process builds the wall, and becomes the command.
 *
 *   see      box run -d --name a ROOTFS sleep 1000; box exec --explain a true
 *   read     clone(2), setns(2); CVE-2016-9962
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/say.h"
#include "base/wait.h"
#include "bricks/join.h"
#include "bricks/user.h"
#include "life/container.h"

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
	if (c->pid == 0) {
		c->channel = ends[1];
		close(ends[0]);
		child(c);
	}
	c->channel = ends[0];
	close(ends[1]);
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

/* Those of a running container, all in one call: the kernel joins the user namespace first, whose root may join the others. */
static int join_container(struct container *c)
{
	if (SHOW(&c->error, "join the container's namespaces", setns(c->pidfd, c->joins), "setns(%d, 0x%lx)", c->pidfd, c->joins) == -1)
		return -1;
	if (!(c->joins & CLONE_NEWUSER))
		return 0;
	return DO(&c->error, "become root's group of the user namespace", setresgid(0, 0, 0)) == -1 ? -1 :
	       DO(&c->error, "become root of the user namespace", setresuid(0, 0, 0));
}

/* The second process. It sends the third one's PID, as the host sees it, to the first. */
static void joiner(struct container *c)
{
	struct clone_args arguments = { .flags = CLONE_PARENT | c->namespaces };
	struct message m = { .word = CHILD, .child = -1 };

	side = "joining";
	if (DO(&c->error, "keep processes inside from tracing us or reading our files in /proc", prctl(PR_SET_DUMPABLE, 0)) == 0 &&
	    (c->joins ? join_container(c) : join_namespaces(c)) == 0)
		m.child = syscall(SYS_clone3, &arguments, sizeof arguments);
	if (m.child == 0)
		inside_from(c, c->joins ? "rlimit" : "user");
	if (explain)
		say("start a sibling, which is born in these namespaces", "clone3({0x%llx}) = %d\n", arguments.flags, m.child);
	if (m.child == -1 && !*c->error.text)
		fail_call(&c->error, "start a process in these namespaces", "clone3({0x%llx})", arguments.flags);
	if (m.child == -1)
		m = (struct message){ .word = FAILED, .error = c->error };
	channel_report(c, &m);
	_exit(m.word == FAILED);
}

/* The second process has done its part: from now on, c->pid is the third. */
static int adopt(struct container *c)
{
	struct message m = { 0 };

	if (!wait_to_read(c->pidfd, -1))
		return check_interrupt(&c->error);
	waitpid(c->pid, NULL, 0);
	close_it(&c->pidfd);
	c->pid = -1;
	/* If it died without a message, the third keeps the channel open, and waits for us. */
	if (!channel_receive(c, &m, &c->terminal, MSG_DONTWAIT))
		return fail(&c->error, "the container ended, or reached its limits, before the command started");
	if (m.word == FAILED) {
		c->error = m.error;
		return -1;
	}
	c->pid = m.child;
	c->pidfd = DO(&c->error, "open a descriptor of the process", syscall(SYS_pidfd_open, c->pid, 0));
	return c->pidfd == -1 ? -1 : 0;
}

int start_joined(struct container *c)
{
	return start_child(c, 0, joiner) == -1 ? -1 : adopt(c);
}
