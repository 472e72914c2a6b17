/*
 * exec.c - box exec: run another command in a running container. It is nsenter(1) with the rest of the wall.
 *
 * The command starts in the container's cgroup, and in its namespaces (start.c). It builds the last bricks of the wall.
 *
 *   see      box run -d --name a ROOTFS sleep 1000; box exec -it a sh
 *   break    nsenter --all --target PID sh: whose capabilities, cgroup and filter does it have?
 *   read     setns(2), nsenter(1); CVE-2019-5736, CVE-2022-29162
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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
	const char *name = strrchr(path, '/');
	const size_t length = strlen(path);
	char text[PATH_MAX + 256], file[PATH_MAX + 32], *below;

	snprintf(file, sizeof file, "%s/cgroup.subtree_control", path);
	if (get(AT_FDCWD, file, text, sizeof text) < 1 || *text == '\n')
		return;
	snprintf(file, sizeof file, "/proc/%d/cgroup", state->pid);
	if (get(AT_FDCWD, file, text, sizeof text) == -1 || !(below = strstr(text, name)))
		return;
	below += strlen(name);
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

void read_maps(struct container *c, pid_t pid)
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
	/* If it ended before we looked, its PID has no namespaces, or those of another process: we would stay in the host's, and build the
	 * wall around ourselves there. If it ends later, setns(2) fails. */
	if (has_ended(c->pidfd))
		return fail_as(&c->error, NOT_RUNNING, "%s has ended meanwhile", state->id);
	if (choose_stdin(c->spec, &c->error) == -1 || enter_cgroup(c, state) == -1)
		return -1;
	read_maps(c, state->pid);
	umask(022);
	hold_signals();
	if (streams_before(c) == -1 || streams_outside(c) == -1 || start_joined(c) == -1)
		return -1;
	user_limits(c);
	return oom_outside(c) == -1 || tell(c, GO_ON, "let it go on") == -1 ? -1 : container_start(c);
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
