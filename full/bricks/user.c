/*
 * user.c - a user namespace: root inside is an unprivileged user outside.
 *
 *   see      box run --userns auto ROOTFS cat /proc/self/uid_map
 *   break    as an ordinary user: box run --without user ROOTFS id
 *   read     user_namespaces(7), newuidmap(1), subuid(5); mount_setattr(2) on MOUNT_ATTR_IDMAP
 *
 * A map translates the IDs inside to IDs outside. The outside writes it while the child waits. If an ordinary user runs
 * box, root inside is that user, and the other IDs are those that /etc/subuid assigns to the user. newuidmap(1) is allowed to
 * map them. If root runs box, each container gets IDs that nobody else has, and sees ROOTFS through a mount that translates
 * its owners.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bricks/brick.h"
#include "bricks/channel.h"
#include "bricks/user.h"

enum { NOT_THERE = 127 };

static const struct { const char *program, *map; } kinds[] = { { "newuidmap", "uid_map" }, { "newgidmap", "gid_map" } };

/* ---- The map ------------------------------------------------------------------------------------- */

/* The name of the user in /etc/passwd, which /etc/subuid uses: subuid(5). */
static const char *own_name(char name[256])
{
	FILE *all READ = fopen("/etc/passwd", "re");
	struct passwd *one;
	const char *said = getenv("USER");

	snprintf(name, 256, "%s", said ? said : "");
	while (all && (one = fgetpwent(all)))
		if (one->pw_uid == geteuid()) {
			snprintf(name, 256, "%s", one->pw_name);
			break;
		}
	return name;
}

/* Behind root, which is OWN on the host, map the LENT ranges. */
static void map_after(struct id_map *map, unsigned own, const struct id_ranges *lent)
{
	*map = (struct id_map){ 0, own, 1 };
	for (size_t i = 0; i < lent->count; i++, map++)
		map[1] = (struct id_map){ map->inside + map->count, lent->list[i].first, lent->list[i].count };
}

/* For an ordinary user: root inside is that user. The subordinate IDs follow, if the user has both user and group IDs. */
static int map_own(struct container *c)
{
	const unsigned own[] = { geteuid(), getegid() };
	struct id_ranges users RANGES_FREED = { 0 }, groups RANGES_FREED = { 0 };
	const struct id_ranges *lent[] = { &users, &groups }, none = { 0 };
	char buffer[256];
	const char *name = own_name(buffer);

	if (read_lent(&c->error, USERS, name, own[USERS], &users, NULL) == -1 || read_lent(&c->error, GROUPS, name, own[USERS], &groups, NULL) == -1)
		return -1;
	for (enum kind kind = USERS; kind <= GROUPS; kind++) {
		const bool both = users.count && groups.count;

		if (lent[kind]->count >= MAP_LINES)
			return fail(&c->error, "/etc/sub%s assigns more than %d ranges to %s; merge some of them",
				    kind == USERS ? "uid" : "gid", MAP_LINES - 1, name);
		if (both && check_lent(&c->error, kind, name, own[kind], lent[kind]) == -1)
			return -1;
		map_after(c->maps[kind], own[kind], both ? lent[kind] : &none);
	}
	return 0;
}

/* For root: IDs that nobody else has, as many user IDs as group IDs. */
static int map_apart(struct container *c)
{
	struct id_range parts[2];
	uint64_t count;

	if (take_ids(c, parts) == -1)
		return -1;
	count = parts[USERS].count < parts[GROUPS].count ? parts[USERS].count : parts[GROUPS].count;
	for (enum kind kind = USERS; kind <= GROUPS; kind++)
		c->maps[kind][0] = (struct id_map){ 0, parts[kind].first, count };
	return 0;
}

static int map_as_wanted(struct container *c, struct id_map *const maps[2])
{
	for (enum kind kind = USERS; kind <= GROUPS; kind++) {
		size_t count = 0;

		while (maps[kind][count].count)
			if (++count > MAP_LINES)
				return fail(&c->error, "a user namespace with more than %d ranges of IDs is too much for box; merge some of them", MAP_LINES);
		memcpy(c->maps[kind], maps[kind], count * sizeof c->maps[kind][0]);
	}
	return 0;
}

int user_before(struct container *c)
{
	if (!creates_namespace(c->spec, CLONE_NEWUSER))
		return 0;
	if (c->spec->maps[USERS])
		return map_as_wanted(c, c->spec->maps);
	return c->rootless ? map_own(c) : map_apart(c);
}

/* ---- Outside ------------------------------------------------------------------------------------- */

/* The format of /proc/PID/uid_map. newuidmap(1) wants the same words. */
enum { MAP_TEXT = MAP_LINES * sizeof "18446744073709551615 18446744073709551615 18446744073709551615 " };

static char *map_text(const struct id_map *map, char text[MAP_TEXT])
{
	size_t length = 0;

	for (*text = '\0'; map->count; map++)
		length += sprintf(text + length, "%llu %llu %llu\n", (unsigned long long)map->inside, (unsigned long long)map->outside,
				  (unsigned long long)map->count);
	return text;
}

/* newuidmap(1) and newgidmap(1) are set-user-ID root, and check /etc/subuid and /etc/subgid themselves. */
static int run_mapper(const char *program, pid_t pid, const char *map)
{
	char text[MAP_TEXT + 16], *words[3 * MAP_LINES + 3] = { (char *)program };
	int status = -1;
	pid_t mapper = fork();

	if (mapper == 0) {
		snprintf(text, sizeof text, "%d %s", pid, map);
		for (int i = 1; (words[i] = strtok(i == 1 ? text : NULL, " \n")); i++)
			;
		execvp(program, words);
		_exit(NOT_THERE);
	}
	return mapper > 0 && waitpid(mapper, &status, 0) == mapper && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int write_lent(struct container *c, pid_t pid, enum kind kind)
{
	char buffer[MAP_TEXT], *map = map_text(c->maps[kind], buffer);
	int status = SHOW(&c->error, "map the subordinate IDs", run_mapper(kinds[kind].program, pid, map),
			  "%s %d %.*s ...", kinds[kind].program, pid, (int)strcspn(map, "\n"), map);

	if (status == 0 || (status == NOT_THERE && kind == USERS))
		return status;
	return fail(&c->error, "cannot map subordinate IDs: %s has printed the reason above, or is not installed. It must be set-user-ID root "
		    "(reinstall the package uidmap or shadow-utils), and /etc/subuid and /etc/subgid must assign the IDs to you",
		    kinds[kind].program);
}

/* A process may map its own ID without help, but must give up setgroups(2) first: a file's mode can deny a group what it allows
 * to others, so leaving a group can add rights. */
static int write_map(struct container *c, pid_t pid)
{
	char path[32], text[MAP_TEXT];
	CLOSED int directory = -1;
	/* Root of a user namespace can map what it has. A container that is only to be removed has no spec. */
	const bool asks = c->rootless && !(c->spec && c->spec->maps[USERS] && geteuid() == 0);
	int result;

	if (asks && c->maps[USERS][1].count) {
		result = write_lent(c, pid, USERS);
		if (result != NOT_THERE)
			return result == -1 ? -1 : write_lent(c, pid, GROUPS);
		fprintf(stderr, "box: newuidmap is not installed, so the container has only one user, root (install uidmap or shadow-utils)\n");
		c->maps[USERS][1].count = c->maps[GROUPS][1].count = 0;
	}
	snprintf(path, sizeof path, "/proc/%d", pid);
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (asks && put(&c->error, "give up setgroups(2)", directory, "setgroups", "deny") == -1)
		return -1;
	for (enum kind kind = USERS; kind <= GROUPS; kind++)
		if (put(&c->error, "map the IDs of the user namespace", directory, kinds[kind].map, map_text(c->maps[kind], text)) == -1)
			return -1;
	return 0;
}

/*
 * ROOTFS belongs to root, and the container's root has another ID. So the container gets a copy of ROOTFS's mount that
 * translates owners by the container's map. The map exists only now, and only the outside may create such a mount, so we
 * pass it to the inside as a descriptor.
 */
static int translate_rootfs(struct container *c)
{
	const char *advice = "the kernel or ROOTFS's file system can't translate owners; Linux 5.19 can on ext4, xfs and btrfs; or use --userns host";
	struct mount_attr attributes = { .attr_set = MOUNT_ATTR_IDMAP, .propagation = MS_PRIVATE };
	const unsigned long below = c->spec->own.write_through ? AT_RECURSIVE : 0;
	char path[32];
	CLOSED int map = -1;

	snprintf(path, sizeof path, "/proc/%d/ns/user", c->pid);
	map = SHOW(&c->error, "open the user namespace, which has the map", open(path, O_RDONLY | O_CLOEXEC), "open(\"%s\", O_RDONLY)", path);
	c->tree = map == -1 ? -1 :
		  SHOW(&c->error, "copy ROOTFS's mount",
		       syscall(SYS_open_tree, AT_FDCWD, c->spec->rootfs, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | below),
		       "open_tree(AT_FDCWD, \"%s\", OPEN_TREE_CLONE)", c->spec->rootfs);
	if (c->tree == -1)
		return -1;
	attributes.userns_fd = map;
	if (SHOW(&c->error, "translate the owners of its files, also in the mounts below",
		 syscall(SYS_mount_setattr, c->tree, "", AT_EMPTY_PATH, &attributes, sizeof attributes),
		 "mount_setattr(%d, \"\", AT_EMPTY_PATH, {MOUNT_ATTR_IDMAP, propagation=MS_PRIVATE, userns_fd=%d})", c->tree, map) == -1)
		return remedy(&c->error, EINVAL, advice);
	return 0;
}

static int give_away(struct container *c, const char *name)
{
	const uid_t user = c->maps[USERS][0].outside;
	const gid_t group = c->maps[GROUPS][0].outside;

	if (MAY("give the container's root the overlay's directories", fchownat(c->directory, name, user, group, AT_SYMLINK_NOFOLLOW),
		"fchownat(%d, \"%s\", %u, %u)", c->directory, name, user, group) == -1 && errno != ENOENT)
		return fail_call(&c->error, "give the container's root the overlay's directories", "fchownat(\"%s\")", name);
	return 0;
}

/* No other user may enter ROOT/ID. The container's root, which mounts its directories, must be able to pass through. */
static int let_pass(struct container *c)
{
	const gid_t group = c->maps[GROUPS][0].outside;

	return SHOW(&c->error, "give the directory to the group of the container's root", fchown(c->directory, -1, group),
		    "fchown(%d, -1, %u)", c->directory, group) == -1 ? -1 :
	       DO(&c->error, "let that group pass through the directory", fchmod(c->directory, 0710));
}

/* The inside does the rest, when it has done all for which it needs its own limits. */
void user_limits(struct container *c)
{
	const bool may = has_namespace(c->spec, CLONE_NEWUSER) && !c->rootless;

	for (const struct ulimit *u = c->spec->process.rlimits; may && u && u->word; u++) {
		struct rlimit limit;

		if (prlimit(c->pid, u->resource, NULL, &limit) == -1 || limit.rlim_max >= u->hard)
			continue;
		limit.rlim_max = u->hard;
		MAY("raise the hard limit", prlimit(c->pid, u->resource, &limit, NULL), "prlimit(%d, %d, {%llu, %llu}, NULL)", c->pid,
		    u->resource, (unsigned long long)limit.rlim_cur, (unsigned long long)limit.rlim_max);
	}
}

int user_outside(struct container *c)
{
	user_limits(c);
	if (!creates_namespace(c->spec, CLONE_NEWUSER))
		return 0;
	if (write_map(c, c->pid) == -1)
		return user_blocked(c);
	if (c->rootless || c->spec->maps[USERS])	/* an engine has translated the owners of its root file system */
		return 0;
	if (let_pass(c) == -1 || give_away(c, "upper") == -1 || give_away(c, "work") == -1)
		return -1;
	return translate_rootfs(c) == -1 ? -1 : channel_pass(c, "pass the mount to the inside", c->tree);
}

/* ---- Inside -------------------------------------------------------------------------------------- */

static int become_root(struct container *c)
{
	if (DO(&c->error, "become root's group of the user namespace", setresgid(0, 0, 0)) == -1 ||
	    DO(&c->error, "become root of the user namespace", setresuid(0, 0, 0)) == -1)
		return user_blocked(c);
	return 0;
}

int user_inside(struct container *c)
{
	if (!has_namespace(c->spec, CLONE_NEWUSER))
		return 0;
	host_is_done(c);
	c->tree = c->handed;
	c->handed = -1;
	return become_root(c);
}

/* ---- Other uses ---------------------------------------------------------------------------------- */

pid_t user_start(struct container *c, int (*work)(struct container *))
{
	int ends[2];
	char word;
	pid_t pid;

	if ((!c->maps[USERS][0].count && map_own(c) == -1) ||
	    DO(&c->error, "create a socket", socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) == -1)
		return -1;
	pid = SHOW(&c->error, "create a user namespace with those IDs", syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0),
		   "clone(CLONE_NEWUSER | SIGCHLD)");
	if (pid == 0) {
		close(ends[0]);
		_exit(recv(ends[1], &word, 1, 0) != 1 || become_root(c) == -1 || work(c) == -1);
	}
	if (pid > 0 && write_map(c, pid) == 0)
		send(ends[0], "g", 1, MSG_NOSIGNAL);
	close(ends[0]);
	close(ends[1]);
	return pid;
}

int user_run(struct container *c, int (*work)(struct container *))
{
	const pid_t pid = user_start(c, work);
	int status = -1;

	if (pid > 0)
		waitpid(pid, &status, 0);
	return status == 0 ? 0 : -1;
}

static int nothing(struct container *c UNUSED)
{
	return 0;
}

/* The namespace of a child that has ended, but that we have not waited for, is still there. */
int user_of_maps(struct container *c, struct id_map *const maps[2])
{
	struct container other = { .rootless = c->rootless };
	char path[32];
	pid_t pid;
	int fd = -1;

	pid = map_as_wanted(&other, maps) == -1 ? -1 : user_start(&other, nothing);
	snprintf(path, sizeof path, "/proc/%d/ns/user", pid);
	if (pid > 0 && !other.error.number)
		fd = SHOW(&other.error, "open the user namespace, which has the map", open(path, O_RDONLY | O_CLOEXEC), "open(\"%s\", O_RDONLY)", path);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	if (fd == -1)
		c->error = other.error;
	return fd;
}

int user_blocked(struct container *c)
{
	static const struct { const char *file, *forbids, *advice; } switches[] = {
		{ "/proc/sys/user/max_user_namespaces", "0\n", "user.max_user_namespaces=0 forbids user namespaces: "
		  "sudo sysctl -w user.max_user_namespaces=15000" },
		{ "/proc/sys/kernel/unprivileged_userns_clone", "0\n", "kernel.unprivileged_userns_clone=0 forbids user namespaces "
		  "to ordinary users: sudo sysctl -w kernel.unprivileged_userns_clone=1" },
		{ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n", "AppArmor restricts user namespaces of ordinary users: "
		  "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or write a profile for box with the rule userns," },
	};
	const int number = c->error.number;
	char text[4096];

	if (c->rootless && !with(c->spec, "user"))
		return remedy(&c->error, EPERM, "an ordinary user can create the other namespaces only in a user namespace; remove --without user");
	if (!creates_namespace(c->spec, CLONE_NEWUSER) || (number != EPERM && number != EACCES && number != ENOSPC && number != ENOSYS))
		return -1;
	for (size_t i = 0; i < sizeof switches / sizeof *switches; i++)
		if (get(AT_FDCWD, switches[i].file, text, sizeof text) > 0 && strcmp(text, switches[i].forbids) == 0)
			return remedy(&c->error, number, switches[i].advice);
	if (number == ENOSPC)
		return remedy(&c->error, number, "the maximum number of namespaces is reached: sudo sysctl -w user.max_user_namespaces=15000");
	if (number == ENOSYS || (get(AT_FDCWD, "/proc/self/status", text, sizeof text) > 0 && strstr(text, "\nSeccomp:\t2")))
		return remedy(&c->error, number, "a seccomp filter applies to box, perhaps that of an outer container; start that container with "
			      "--security-opt seccomp=unconfined");
	return -1;
}
