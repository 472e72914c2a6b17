/*
 * defaults.c - what box run asks for beside its options: namespaces, mounts, devices, and the paths in /proc and /sys that the container
 * must not use. The lists of paths are those of containerd.
 *
 * A mount hides what was mounted below it before. So all mounts are sorted by the depth of their targets, as docker does: with a
 * volume on /etc, the container still has box's /etc/hosts. /sys and what is below it come last, because a sysfs needs the
 * container's network, which takes longest to create.
 *
 *   read     docker-run(1) on --privileged; the OCI runtime-spec's config.md and config-linux.md
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/list.h"
#include "base/text.h"
#include "cli/cli.h"

/* ---- Mounts -------------------------------------------------------------------------------------- */

#define SAFE (MS_NOSUID | MS_NODEV | MS_NOEXEC)

static const struct mount usual[] = {
	{ .brick = "proc", .type = "proc", .target = "/proc", .flags = SAFE },
	{ .brick = "dev", .type = "tmpfs", .target = "/dev", .flags = MS_NOSUID | MS_NOEXEC, .options = "mode=755,size=64m" },
	{ .brick = "sys", .type = "sysfs", .target = "/sys", .flags = SAFE | MS_RDONLY },
	{ .brick = "dev", .type = "devpts", .target = "/dev/pts", .flags = MS_NOSUID | MS_NOEXEC, .options = "newinstance,ptmxmode=666,mode=620,gid=5" },
	{ .brick = "dev", .type = "tmpfs", .target = "/dev/shm", .flags = SAFE },
	{ .brick = "ipc", .type = "mqueue", .target = "/dev/mqueue", .flags = SAFE },
	{ .brick = "etc", .type = "etc", .target = "/etc/hosts" },
	{ .brick = "etc", .type = "etc", .target = "/etc/resolv.conf" },
	{ .brick = "etc", .type = "etc", .target = "/etc/hostname" },
	{ .brick = "sys", .type = "cgroup2", .target = "/sys/fs/cgroup", .flags = SAFE | MS_RDONLY },
};

/* Return a copy of the absolute path PATH without empty components, "." and "..". As in docker, ".." removes the component before
 * it, even if that is a symbolic link. */
static char *normalise(const char *path)
{
	char *clean = calloc(1, strlen(path) + 1), *end = clean;

	if (!clean)
		abort();
	while (*path) {
		const char *name = path + strspn(path, "/");
		const size_t length = strcspn(name, "/");

		path = name + length;
		if (length == 2 && strncmp(name, "..", 2) == 0) {
			while (end > clean && *--end != '/')
				;
		} else if (length && strncmp(name, ".", length) != 0) {
			*end++ = '/';
			memcpy(end, name, length);
			end += length;
		}
		*end = '\0';
	}
	return clean;
}

static bool is_below(const char *path, const char *top)
{
	const size_t length = strlen(top);

	return strncmp(path, top, length) == 0 && (path[length] == '/' || !path[length]);
}

/* The number of slashes, and for /sys more than any other path has. */
static int rank_of(const char *path)
{
	int rank = is_below(path, "/sys") ? PATH_MAX : 0;

	for (; *path; path++)
		rank += *path == '/';
	return rank;
}

/* Add M behind the mounts that are not deeper. */
static void insert(struct spec *s, struct mount m)
{
	struct mount *at;

	s->mounts = append(s->mounts, sizeof m, &m);
	for (at = s->mounts; at[1].target; at++)
		;
	for (; at > s->mounts && rank_of(at[-1].target) > rank_of(m.target); at--)
		*at = at[-1];
	*at = m;
}

/* Add one of the user's mounts, whose target is still as it was typed. */
static int insert_wanted(struct spec *s, struct mount m, struct error *e)
{
	const char *what = m.source ? formatted("volume %s:%s", m.source, m.target) : formatted("tmpfs %s", m.target);

	m.what = what;
	m.target = normalise(m.target);
	if (!*m.target)
		return fail(e, "--%s: DST leads to the root directory: a mount there would be hidden; choose another DST", what);
	for (const struct mount *other = s->mounts; other->target; other++)
		if (other->what && strcmp(other->target, m.target) == 0)
			return fail(e, "--%s: another mount has the same DST, and would hide this one; omit one of them", what);
	insert(s, m);
	return 0;
}

/* What lies on box's /dev needs the brick dev as well. */
static void insert_usual(struct spec *s, struct mount m, uint64_t shm_size)
{
	if (!with(s, "dev") && is_below(m.target, "/dev"))
		return;
	if (s->own.privileged && is_below(m.target, "/sys"))
		m.flags &= ~MS_RDONLY;
	if (strcmp(m.target, "/dev/shm") == 0)
		m.options = formatted("mode=1777,size=%llu", (unsigned long long)shm_size);
	insert(s, m);
}

/* ---- The rest ------------------------------------------------------------------------------------ */

static void add_namespaces(struct spec *s, bool userns, bool cgroupns)
{
	const struct { unsigned long kind; bool wanted; } all[] = {
		{ CLONE_NEWUSER, userns }, { CLONE_NEWPID, true }, { CLONE_NEWIPC, true }, { CLONE_NEWCGROUP, cgroupns }, { CLONE_NEWUTS, true },
		{ CLONE_NEWNS, true }, { CLONE_NEWNET, s->own.network != NETWORK_HOST },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i].wanted)
			s->namespaces = append(s->namespaces, sizeof *s->namespaces, &(struct namespace){ all[i].kind, NULL });
}

/* --privileged: every device in the host's /dev. In a user namespace, they could not be created. */
static void add_devices(struct spec *s)
{
	DIR *all LISTED = opendir("/dev");
	struct dirent *entry;
	struct stat it;

	while (all && (entry = readdir(all))) {
		struct device one;

		if (fstatat(dirfd(all), entry->d_name, &it, AT_SYMLINK_NOFOLLOW) == -1 || !(S_ISCHR(it.st_mode) || S_ISBLK(it.st_mode)))
			continue;
		one = (struct device){ formatted("/dev/%s", entry->d_name), it.st_mode, major(it.st_rdev), minor(it.st_rdev), 0, 0 };
		s->devices = append(s->devices, sizeof one, &one);
	}
}

/* Nothing but the devices in the container's /dev can be used, unless it can create others. Only then, and for --device with less than
 * full access, do rules cost their time. */
static void guard(struct spec *s)
{
	struct device_rule *list = append(NULL, sizeof *list, &(struct device_rule){ false, 0, -1, -1, ALL_ACCESS });
	bool needed = s->process.capabilities.bounding >> CAP_MKNOD & 1;

	for (const struct device_rule *r = s->resources.devices; r && r->access; r++) {
		needed |= r->access != ALL_ACCESS;
		list = append(list, sizeof *list, r);
	}
	s->resources.devices = needed && !s->own.privileged ? list : NULL;
}

int add_defaults(struct spec *s, const struct defaults *d, struct error *e)
{
	const struct mount *wanted = s->mounts;

	s->mounts = NULL;
	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		insert_usual(s, usual[i], d->shm_size);
	for (const struct mount *m = wanted; m && m->target; m++)
		if (insert_wanted(s, *m, e) == -1)
			return -1;
	guard(s);
	add_namespaces(s, d->userns, d->cgroupns);
	if (s->own.privileged && !d->userns)
		add_devices(s);
	s->masked = s->own.privileged ? NULL : masked_paths;
	s->read_only_paths = s->own.privileged ? NULL : read_only_paths;
	return 0;
}
