/*
 * exec.c - box exec: run another command in a running container. It is nsenter(1) with the rest of the wall.
 *
 * There are three processes. The first waits and passes signals on, as in box run. The second starts in the container's
 * cgroup and joins its namespaces, all in one call, so that the kernel joins the user namespace first: root of that one may
 * join the others. A process can't move to another PID namespace, but its children can be born there. So the second process
 * starts a third one, which is a child of the first (CLONE_PARENT). The third process builds the last bricks of the wall, and
 * becomes the command.
 *
 *   see      box run -d --name a ROOTFS sleep 1000; box exec -it a sh
 *   break    nsenter --all --target PID sh: whose capabilities, cgroup and filter does it have?
 *   read     setns(2), nsenter(1); CVE-2016-9962, CVE-2019-5736, CVE-2022-29162
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/files.h"
#include "base/say.h"
#include "base/wait.h"
#include "bricks/brick.h"
#include "bricks/streams.h"
#include "bricks/cgroup.h"
#include "bricks/user.h"
#include "life/container.h"
#include "life/signals.h"

/* The namespaces that it does not share with us. Joining our own namespace again fails with EINVAL or EPERM. */
static unsigned long other_namespaces(pid_t pid)
{
	static const struct { const char *name; int flag; } all[] = {
		{ "user", CLONE_NEWUSER }, { "pid", CLONE_NEWPID }, { "ipc", CLONE_NEWIPC }, { "cgroup", CLONE_NEWCGROUP },
		{ "net", CLONE_NEWNET }, { "uts", CLONE_NEWUTS }, { "mnt", CLONE_NEWNS }, { "time", CLONE_NEWTIME },
	};
	struct stat theirs, ours;
	char path[64];
	unsigned long flags = 0;

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		snprintf(path, sizeof path, "/proc/%d/ns/%s", pid, all[i].name);
		if (stat(path, &theirs) == -1)
			continue;
		snprintf(path, sizeof path, "/proc/self/ns/%s", all[i].name);
		if (stat(path, &ours) == 0 && theirs.st_ino != ours.st_ino)
			flags |= all[i].flag;
	}
	return flags;
}

/* Until the namespaces are joined, c->pidfd is the container's PID 1. */
static int join(struct container *c)
{
	if (DO(&c->error, "keep processes inside from tracing us or reading our files in /proc", prctl(PR_SET_DUMPABLE, 0)) == -1 ||
	    SHOW(&c->error, "join the container's namespaces", setns(c->pidfd, c->joins), "setns(%d, 0x%lx)", c->pidfd, c->joins) == -1)
		return -1;
	if (!(c->joins & CLONE_NEWUSER))
		return 0;
	return DO(&c->error, "become root's group of the user namespace", setresgid(0, 0, 0)) == -1 ? -1 :
	       DO(&c->error, "become root of the user namespace", setresuid(0, 0, 0));
}

/* The second process. It sends the third one's PID, as the host sees it, to the first. */
static void joiner(struct container *c)
{
	struct clone_args arguments = { .flags = CLONE_PARENT };
	struct message m = { .word = CHILD, .child = -1 };

	side = "joining";
	if (join(c) == 0)
		m.child = syscall(SYS_clone3, &arguments, sizeof arguments);
	if (m.child == 0)
		inside_from(c, "rlimit");
	if (explain)
		say("start a sibling, which is born in the container's PID namespace", "clone3({CLONE_PARENT}) = %d\n", m.child);
	if (m.child == -1 && !c->error.number)
		fail_call(&c->error, "start a process in the container's PID namespace", "clone3({CLONE_PARENT})");
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
	if (c->pidfd == -1)
		return -1;
	if (creates_namespace(c->spec, CLONE_NEWUSER) && !c->rootless)
		user_limits(c);
	return tell(c, GO_ON, "let it go on");
}

/* A command that starts in a frozen cgroup stops at once, and we would wait for it. cgroups(7), cgroup-v2.rst on cgroup.freeze */
static int check_frozen(struct container *c, const char *id)
{
	return !cgroup_frozen(c->cgroup_fd) ? 0 :
	       fail(&c->error, "%s is paused: its cgroup is frozen; box unpause %s lets it go on", id, id);
}

/* A cgroup that enables controllers for the cgroups below it can't hold processes. If the container has made its cgroup so, go
 * to the one below it that PID 1 is in, as runc does. */
static void find_cgroup(const struct state *state, char path[PATH_MAX])
{
	const size_t length = strlen(path);
	char text[PATH_MAX + 256], file[PATH_MAX + 32], *below;

	snprintf(file, sizeof file, "%s/cgroup.subtree_control", path);
	if (get(AT_FDCWD, file, text, sizeof text) < 1 || *text == '\n')
		return;
	snprintf(file, sizeof file, "/proc/%d/cgroup", state->pid);
	if (get(AT_FDCWD, file, text, sizeof text) == -1 || !(below = strstr(text, strrchr(path, '/'))))
		return;
	below += strlen(strrchr(path, '/'));
	below[strcspn(below, "\n")] = '\0';
	if (*below == '/')
		snprintf(path + length, PATH_MAX - length, "%s", below);
}

static int enter_cgroup(struct container *c, const struct state *state)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s", record_cgroup(state));
	if (!*path)
		return 0;
	find_cgroup(state, path);
	c->cgroup_fd = SHOW(&c->error, "open the container's cgroup, to start the command in it", open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
			    "open(\"%s\", O_RDONLY | O_DIRECTORY)", path);
	return c->cgroup_fd == -1 ? -1 : check_frozen(c, state->id);
}

/* To know who the container's root is on the host. */
static void read_maps(struct container *c, pid_t pid)
{
	static const char *const names[] = { [USERS] = "uid_map", [GROUPS] = "gid_map" };
	char path[32];

	for (enum kind kind = USERS; kind <= GROUPS; kind++) {
		struct id_map *map = c->maps[kind];
		FILE *file READ = NULL;

		snprintf(path, sizeof path, "/proc/%d/%s", pid, names[kind]);
		file = fopen(path, "re");
		while (file && map < &c->maps[kind][MAP_LINES] &&
		       fscanf(file, "%" SCNu64 " %" SCNu64 " %" SCNu64, &map->inside, &map->outside, &map->count) == 3)
			map++;
		map->count = 0;
	}
}

static int begin(struct container *c, const struct state *state)
{
	c->pidfd = fcntl(state->pidfd, F_DUPFD_CLOEXEC, 3);
	if (c->pidfd == -1)
		return fail_as(&c->error, NOT_RUNNING, "%s is not running; box ps lists the running containers", state->id);
	c->joins = other_namespaces(state->pid);
	if (choose_stdin(c->spec, &c->error) == -1)
		return -1;
	if (enter_cgroup(c, state) == -1)
		return -1;
	read_maps(c, state->pid);
	umask(022);
	hold_signals();
	if (streams_before(c) == -1 || streams_outside(c) == -1 || start_child(c, 0, joiner) == -1)
		return -1;
	return adopt(c) == -1 ? -1 : container_start(c);
}

int container_exec(const struct spec *s, const struct state *state, struct error *e)
{
	struct container c = container_of(s);
	int status = -1;

	if (begin(&c, state) == 0)
		status = s->own.detach ? 0 : container_wait(&c);
	if (status == -1)
		container_delete(&c);
	*e = c.error;
	return status;
}
