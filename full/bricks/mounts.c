/*
 * mounts.c - the spec's list of mounts, made one by one in its order: those of every container, and those of --volume and --tmpfs.
 *
 * A target is looked up as the container would do it (openat2(2), RESOLVE_IN_ROOT). A descriptor refers to it until the mount is
 * made, so no name is looked up twice (CVE-2021-30465). It can't be in /proc, whose mounts protect the host (CVE-2019-16884).
 *
 *   see      box run --explain -v .:/data:ro ROOTFS ls /data
 *   break    box run --without volume -v .:/data ROOTFS ls /data
 *   read     mount(2), openat2(2), open_tree(2), mount_namespaces(7) on propagation
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/copy.h"
#include "bricks/brick.h"
#include "bricks/mount.h"
#include "bricks/user.h"

/* ---- The host's files ----------------------------------------------------------------------------- */

/* A mount only passes on what is mounted in it if it is shared, or receives it if its master is: mount_namespaces(7). */
static int check_shared(struct container *c, const struct mount *m, int source)
{
	char text[256], path[48], *word, *line FREED = NULL;
	FILE *mounts READ = NULL;
	size_t size = 0;
	int id, number;

	if (!c->sources)
		return fail(&c->error, "only root can share mounts with the host; omit the propagation");
	snprintf(path, sizeof path, "/proc/self/fdinfo/%d", source);
	get(AT_FDCWD, path, text, sizeof text);
	word = strstr(text, "mnt_id:");
	mounts = word ? fopen("/proc/self/mountinfo", "re") : NULL;
	if (!mounts)
		return fail_call(&c->error, "read the mount's propagation", "open(\"/proc/self/mountinfo\")");
	id = atoi(word + strlen("mnt_id:"));
	while (getline(&line, &size, mounts) != -1) {
		if (sscanf(line, "%d", &number) != 1 || number != id)
			continue;
		if (strstr(line, " shared:") || (m->propagation == MS_SLAVE && strstr(line, " master:")))
			return 0;
		return fail(&c->error, "it is on a mount that is not shared, so nothing would propagate; make it shared (mount --make-shared), "
			    "or omit the propagation");
	}
	return fail(&c->error, "its mount is not in /proc/self/mountinfo");
}

/* Who owns a file on the host, the map's "inside", owns it as "outside" in the container: the runtime-spec's config.md, "Mounts". */
static int translate(struct container *c, int copy, const struct mount *m)
{
	struct id_map *const *maps = m->maps[USERS] ? m->maps : c->spec->maps;
	struct mount_attr attributes = { .attr_set = MOUNT_ATTR_IDMAP };
	CLOSED int namespace = -1;

	if (!maps[USERS])
		return fail(&c->error, "idmap needs uidMappings and gidMappings, of the mount or of a user namespace");
	namespace = user_of_maps(c, maps);
	if (namespace == -1)
		return -1;
	attributes.userns_fd = namespace;
	if (SHOW(&c->error, "translate the owners of its files",
		 syscall(SYS_mount_setattr, copy, "", AT_EMPTY_PATH | (m->translated == MOUNTS_BELOW ? AT_RECURSIVE : 0), &attributes, sizeof attributes),
		 "mount_setattr(%d, \"\", AT_EMPTY_PATH, {MOUNT_ATTR_IDMAP, userns_fd=%d})", copy, namespace) == 0)
		return 0;
	remedy(&c->error, EPERM, "only root of the host can translate owners, and not twice");
	return remedy(&c->error, EINVAL, "the kernel or the file system can't translate owners; ext4, xfs, btrfs and tmpfs can");
}

static int copy_source(struct container *c, const struct mount *m)
{
	struct mount copied = *m;
	int copy;
	CLOSED int source = SHOW(&c->error, "open the host's files", open(m->source, O_PATH | O_CLOEXEC),
				 "open(\"%s\", O_PATH | O_CLOEXEC)", m->source);

	if (source == -1)
		return -1;
	if (m->propagation != MS_PRIVATE && !c->spec->engine.owns && check_shared(c, m, source) == -1)
		return -1;
	if (!c->sources)	/* inside, where all mounts are private by now */
		copied.propagation = 0;
	copy = copy_mount(c, source, &copied);
	if (copy >= 0 && m->translated && translate(c, copy, m) == -1)
		close_it(&copy);
	return copy;
}

/* True for a mount of the host's files that the spec leaves in. */
static bool is_bind(const struct container *c, const struct mount *m)
{
	return strcmp(m->type, "bind") == 0 && with(c->spec, m->brick);
}

static int explained(struct container *c, const struct mount *m)
{
	return m->what ? wrap(&c->error, "%s", m->what) : -1;
}

/* The container's root may be nobody on the host, who can't reach a directory of mode 0700, or what is below it. So we copy the
 * mounts of the host's files, and the container gets the descriptors. An ordinary user can copy mounts only inside. */
int mounts_before(struct container *c)
{
	size_t count = 0;

	while (c->spec->mounts && c->spec->mounts[count].target)
		count++;
	if (!count || !may_mount())
		return 0;
	if (!(c->sources = malloc(count * sizeof *c->sources)))
		abort();
	memset(c->sources, -1, count * sizeof *c->sources);
	for (size_t i = 0; i < count; i++) {
		const struct mount *m = &c->spec->mounts[i];

		if (is_bind(c, m) && (c->sources[i] = copy_source(c, m)) == -1)
			return explained(c, m);
	}
	return 0;
}

/* The container has its own descriptors by now. */
int mounts_outside(struct container *c)
{
	for (size_t i = 0; c->sources && c->spec->mounts[i].target; i++)
		close_it(&c->sources[i]);
	return 0;
}

/* ---- Where they go -------------------------------------------------------------------------------- */

enum { MOST_LINKS = 40 };	/* as the kernel follows: path_resolution(7) */

/* Open the target. File systems of the kernel's never go through a symbolic link: what follows is mounted below them. */
static int open_target(struct container *c, const struct mount *m, char make)
{
	int place = m->what ? open_in_root(c, m->target, make) : open_strictly(c, m->target);

	if (place == -1 && c->error.number == ENOENT && m->what && make && make_in_root(c, m->target, make, MOST_LINKS) == 0)
		place = open_in_root(c, m->target, 0);
	if (place == -1 || !m->what)
		return place;
	if (is_same(place, c->tree)) {
		close(place);
		return fail(&c->error, "%s leads to the root directory: a mount there would be hidden; choose another DST", m->target);
	}
	if (is_on(place, PROC_SUPER_MAGIC)) {
		close(place);
		return fail(&c->error, "%s is in /proc, where box mounts nothing; use another DST", m->target);
	}
	return place;
}

/* Is one of the user's mounts above M? Then that one may lack M's target, and refuse to create it: M stays away. */
static bool is_covered(const struct container *c, const struct mount *m)
{
	for (const struct mount *above = c->spec->mounts; above < m; above++) {
		const size_t length = strlen(above->target);

		if (above->what && strncmp(above->target, m->target, length) == 0 && m->target[length] == '/')
			return true;
	}
	return false;
}

static int mount_bind(struct container *c, const struct mount *m)
{
	CLOSED int copy = c->sources ? c->sources[m - c->spec->mounts] : copy_source(c, m), place = -1;
	struct stat it;

	if (copy == -1 || fstat(copy, &it) == -1)
		return -1;
	place = open_target(c, m, S_ISDIR(it.st_mode) ? 'd' : 'f');
	if (place == -1)
		return -1;
	return attach_mount(c, copy, place) == 0 ? 0 : remedy(&c->error, EINVAL, "a directory can only be mounted on a directory, and a file on a file");
}

/* A tmpfs with what the directory below it has: the runtimes' own option tmpcopyup. Where the options don't say it, the directory's mode
 * and owner are the tmpfs's, too. */
static int copy_up(struct container *c, const struct mount *m, int below)
{
	CLOSED int above = open_target(c, m, 0), again = openat(above, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct copy how = { .keeps_owners = true, .kept = 07777, .top = -1, .e = &c->error };
	struct stat it;

	if (above == -1 || again == -1 || fstat(below, &it) == -1)
		return fail_call(&c->error, "open the new tmpfs", "openat(\"%s\")", m->target);
	if (!strstr(m->options, "mode=") && (fchown(again, it.st_uid, it.st_gid) == -1 || fchmod(again, it.st_mode & 07777) == -1))
		return fail_call(&c->error, "give the tmpfs the directory's owner and mode", "fchmod(\"%s\")", m->target);
	if (explain)
		say("copy what the directory has", "cp -a \"%s\"\n", m->target);
	return copy(&how, below, ".", above, ".");
}

/* mount(2) would change the mount below the new one, which is the working directory. */
static int set_propagation(struct container *c, const struct mount *m)
{
	const struct mount_attr to = { .propagation = m->propagation };
	CLOSED int above = open_target(c, m, 0);

	return above == -1 ? -1 : SHOW(&c->error, "set its propagation", syscall(SYS_mount_setattr, above, "", AT_EMPTY_PATH, &to, sizeof to),
				       "mount_setattr(%d, \"\", AT_EMPTY_PATH, {propagation=0x%lx})", above, m->propagation);
}

static int mount_new(struct container *c, const struct mount *m, mounter *way)
{
	CLOSED int place = open_target(c, m, 'd');

	if (place == -1 && is_absent(&c->error) && !m->what && is_covered(c, m))
		return 0;
	if (place == -1 || way(c, m, place) == -1)
		return -1;
	if (m->copy_up && copy_up(c, m, place) == -1)
		return -1;
	return m->propagation ? set_propagation(c, m) : 0;
}

/* File systems that need more than mount(2), each in the file of its brick. */
static const struct { const char *type, *target; mounter *way; } special[] = {
	{ "proc", NULL, mount_proc }, { "sysfs", NULL, mount_sys }, { "cgroup2", NULL, mount_cgroup }, { "devpts", NULL, mount_pts },
	{ "tmpfs", "/dev", mount_dev },
};

static mounter *way_of(const struct mount *m)
{
	for (size_t i = 0; i < sizeof special / sizeof *special; i++)
		if (strcmp(m->type, special[i].type) == 0 && (!special[i].target || strcmp(m->target, special[i].target) == 0))
			return special[i].way;
	return mount_at;
}

static int mount_one(struct container *c, const struct mount *m)
{
	int result;

	if (!with(c->spec, m->brick))
		return 0;
	if (strcmp(m->type, "bind") == 0)
		result = mount_bind(c, m);
	else
		result = strcmp(m->type, "etc") == 0 ? mount_etc(c, m) : mount_new(c, m, way_of(m));
	return result == -1 ? explained(c, m) : 0;
}

/* To mount a file system is to enter its mount point. */
static int enter_root(struct container *c)
{
	return DO(&c->error, "return to the container's root", fchdir(c->tree));
}

/* A sysfs shows the network namespace of the process that mounts it. The host may not have created the container's yet, so do here
 * what comes before a sysfs, and the rest when we are in it. */
int mounts_inside(struct container *c)
{
	const struct mount *m = c->spec->mounts;

	for (; m && m->target && strcmp(m->type, "sysfs") != 0; m++)
		if (mount_one(c, m) == -1)
			return -1;
	c->next = m;
	return enter_root(c);
}

/* For an engine, as crun and runc do. Whether the user may enter it shows later. */
static int make_workdir(struct container *c)
{
	const char *path = c->spec->engine.owns && c->spec->process.cwd ? c->spec->process.cwd : "/";
	CLOSED int place = open_in_root(c, path, 0);

	return place == -1 && c->error.number == ENOENT && make_in_root(c, path, 'd', 0) == -1 ? wrap(&c->error, "process.cwd") : 0;
}

int rest_inside(struct container *c)
{
	for (; c->next && c->next->target; c->next++)
		if (mount_one(c, c->next) == -1)
			return -1;
	if (rest_of_devices(c) == -1 || dev_read_only(c) == -1)
		return -1;
	close_it(&c->dev);
	return make_workdir(c) == -1 ? -1 : enter_root(c);
}
