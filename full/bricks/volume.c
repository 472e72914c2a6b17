/*
 * volume.c - --volume and --tmpfs: the last mounts, on top of the others.
 *
 * A mount hides what was mounted below it before. So box sorts them by the depth of DST, as docker does, and then shows its own
 * mounts again: with a volume on /etc, the container still has box's /etc/hosts.
 *
 * DST is looked up as the container would do it (openat2(2), RESOLVE_IN_ROOT). A descriptor refers to it until the mount
 * is made, so no name is looked up twice (CVE-2021-30465). DST can't be in /proc, whose mounts protect the host (CVE-2019-16884).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/files.h"
#include "base/list.h"
#include "base/say.h"
#include "bricks/brick.h"
#include "bricks/mount.h"
#include "bricks/volume.h"

/* ---- In which order ------------------------------------------------------------------------------ */

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

static int depth_of(const char *path)
{
	int depth = 0;

	for (; *path; path++)
		depth += *path == '/';
	return depth;
}

/* Add M behind the mounts that are not deeper. */
static int add_mount(struct spec *s, struct mount m, struct error *e)
{
	struct mount *last;

	if (!*m.target)
		return fail(e, "DST leads to the root directory: a mount there would be hidden; choose another DST");
	s->mounts = append(s->mounts, sizeof m, &m);
	for (last = s->mounts; last[1].target; last++)
		if (strcmp(last->target, m.target) == 0)
			return fail(e, "another mount has the same DST, and would hide this one; omit one of them");
	for (; last > s->mounts && depth_of(last[-1].target) > depth_of(m.target); last--)
		*last = last[-1];
	*last = m;
	return 0;
}

int volume_sort(struct spec *s, struct error *e)
{
	for (struct volume *v = s->volumes; v && v->source; v++) {
		const char *word = v->target;

		v->target = normalise(word);
		if (add_mount(s, (struct mount){ v->target, word, v, NULL }, e) == -1)
			return wrap(e, "--volume %s:%s", v->source, word);
	}
	for (struct tmpfs *t = s->tmpfs; t && t->target; t++) {
		const char *word = t->target;

		t->target = normalise(word);
		if (add_mount(s, (struct mount){ t->target, word, NULL, t }, e) == -1)
			return wrap(e, "--tmpfs %s", word);
	}
	return 0;
}

/* ---- Mount --------------------------------------------------------------------------------------- */

static int place_of(struct container *c, const char *target, char make)
{
	int place = open_in_root(c, target, make);
	struct statfs it;

	if (is_same(place, c->tree)) {
		close(place);
		return fail(&c->error, "%s leads to the root directory: a mount there would be hidden; choose another DST", target);
	}
	if (place >= 0 && fstatfs(place, &it) == 0 && it.f_type == PROC_SUPER_MAGIC) {
		close(place);
		return fail(&c->error, "%s is in /proc, where box mounts nothing; use another DST", target);
	}
	return place;
}

/* A mount only passes on what is mounted in it if it is shared, or receives it if its master is: mount_namespaces(7). */
static int check_shared(struct container *c, const struct volume *v, int source)
{
	char text[256], path[48], *line FREED = NULL;
	FILE *mounts READ = NULL;
	size_t size = 0;
	int id = -1, number;

	if (c->rootless)
		return fail(&c->error, "only root can share mounts with the host; omit the propagation");
	snprintf(path, sizeof path, "/proc/self/fdinfo/%d", source);
	if (get(AT_FDCWD, path, text, sizeof text) == -1 || !strstr(text, "mnt_id:") || !(mounts = fopen("/proc/self/mountinfo", "re")))
		return fail_call(&c->error, "read the mount's propagation", "open(\"/proc/self/mountinfo\")");
	id = strtol(strstr(text, "mnt_id:") + strlen("mnt_id:"), NULL, 10);
	while (getline(&line, &size, mounts) != -1)
		if (sscanf(line, "%d", &number) == 1 && number == id)
			return strstr(line, " shared:") || (v->propagation == MS_SLAVE && strstr(line, " master:")) ? 0 :
			       fail(&c->error, "it is on a mount that is not shared, so nothing would propagate; make it shared (mount --make-shared), "
					       "or omit the propagation");
	return fail(&c->error, "its mount is not in /proc/self/mountinfo");
}

static int copy_source(struct container *c, const struct volume *v)
{
	CLOSED int source = SHOW(&c->error, "open the host's files", open(v->source, O_PATH | O_CLOEXEC),
				 "open(\"%s\", O_PATH | O_CLOEXEC)", v->source);

	if (source == -1 || (v->propagation != MS_PRIVATE && check_shared(c, v, source) == -1))
		return -1;
	return copy_mount(c, source, v->read_only, c->rootless ? 0 : v->propagation);
}

/* The container's root may be nobody on the host, who can't reach a directory of mode 0700, or what is below it. So we copy the
 * volumes' mounts, and the container gets the descriptors. An ordinary user can copy mounts only inside. */
int volume_before(struct container *c)
{
	size_t count = 0;

	while (c->spec->volumes && c->spec->volumes[count].source)
		count++;
	if (!count || c->rootless)
		return 0;
	if (!(c->sources = calloc(count, sizeof *c->sources)))
		abort();
	for (size_t i = 0; i < count; i++)
		if ((c->sources[i] = copy_source(c, &c->spec->volumes[i])) == -1)
			return wrap(&c->error, "volume %s:%s", c->spec->volumes[i].source, c->spec->volumes[i].target);
	return 0;
}

/* The container has its own descriptors by now. */
int volume_outside(struct container *c)
{
	for (size_t i = 0; c->sources && c->spec->volumes[i].source; i++)
		close_it(&c->sources[i]);
	return 0;
}

static int mount_volume(struct container *c, const struct volume *v, const char *word)
{
	CLOSED int copy = c->sources ? c->sources[v - c->spec->volumes] : copy_source(c, v), place = -1;
	struct stat it;

	if (copy == -1 || fstat(copy, &it) == -1)
		return wrap(&c->error, "volume %s:%s", v->source, word);
	place = place_of(c, v->target, S_ISDIR(it.st_mode) ? 'd' : 'f');
	if (place == -1 || attach_mount(c, copy, place) == -1)
		return wrap(&c->error, "volume %s:%s", v->source, word);
	return 0;
}

static int mount_tmpfs(struct container *c, const struct tmpfs *t, const char *word)
{
	CLOSED int place = place_of(c, t->target, 'd');

	if (place == -1 || SHOW(&c->error, "enter the mount point", fchdir(place), "fchdir(%d<%s>)", place, t->target) == -1)
		return wrap(&c->error, "--tmpfs %s", word);
	if (SHOW(&c->error, "mount a tmpfs there", mount("tmpfs", ".", "tmpfs", t->flags, t->options),
		 "mount(\"tmpfs\", \"%s\", \"tmpfs\", 0x%lx, \"%s\")", t->target, t->flags, t->options) == -1)
		return remedy(&c->error, EINVAL, "tmpfs(5) lists the options");
	return fchdir(c->tree);
}

/* ---- What stays on top --------------------------------------------------------------------------- */

/* Mounts of other bricks, and what to create in a volume that lacks the mount point: a file, a directory, or nothing. */
static const struct { const char *path; char make; } own[] = {
	{ "/etc/hosts", 'f' }, { "/etc/hostname", 'f' }, { "/etc/resolv.conf", 'f' },
	{ "/dev/pts", 'd' }, { "/dev/shm", 'd' }, { "/dev/mqueue", 'd' },
	{ "/sys/fs/cgroup", 0 }, { "/sys/firmware", 0 }, { "/sys/devices/virtual/powercap", 0 },
};

enum { OWN = sizeof own / sizeof *own };

static bool is_mount_point(int fd)
{
	struct statx it;

	return syscall(SYS_statx, fd, "", AT_EMPTY_PATH, 0, &it) == 0 && it.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

/* The file *FD of etc.c has no name any more, so it can't be mounted again. Mount a copy instead, and set *FD to it. */
static int bind_copy(struct container *c, int *fd, int dev, int place)
{
	CLOSED int old = *fd;
	char path[32], text[4096];

	snprintf(path, sizeof path, "/proc/self/fd/%d", old);
	*fd = DO(&c->error, "create the file on box's /dev", openat(dev, ".etc", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
	if (*fd == -1)
		return -1;
	if (get(AT_FDCWD, path, text, sizeof text) == -1 || write(*fd, text, strlen(text)) == -1)
		return fail_call(&c->error, "copy the file", "write(\".etc\")");
	return bind_on(c, *fd, place, c->spec->read_only) == -1 ? -1 : unlinkat(dev, ".etc", 0);
}

/* Show our mount *FD again, if M hides it. Where M lacks the mount point and can't get one, the mount stays hidden. */
static int show_again(struct container *c, const struct mount *m, int i, int *fd, int dev)
{
	CLOSED int place = -1;

	if (*fd == -1 || strcmp(m->target, own[i].path) == 0)
		return 0;
	place = open_in_root(c, own[i].path, 0);
	if (place >= 0 && is_same(place, *fd))
		return 0;
	if (place == -1 && own[i].make)
		place = open_in_root(c, own[i].path, own[i].make);
	if (place == -1)
		return c->error.number == ENOENT || c->error.number == EROFS || c->error.number == EACCES ? 0 : -1;
	return own[i].make == 'f' ? bind_copy(c, fd, dev, place) : bind_on(c, *fd, place, false);
}

static int mount_in_order(struct container *c, int shown[OWN], int dev)
{
	for (const struct mount *m = c->spec->mounts; m->target; m++) {
		if ((m->volume ? mount_volume(c, m->volume, m->word) : mount_tmpfs(c, m->tmpfs, m->word)) == -1)
			return -1;
		for (int i = 0; i < OWN; i++)
			if (show_again(c, m, i, &shown[i], dev) == -1)
				return wrap(&c->error, "%s, above the mount on %s", own[i].path, m->target);
	}
	return 0;
}

int volume_inside(struct container *c)
{
	CLOSED int dev = -1;
	int shown[OWN], result;

	if (!c->spec->mounts)
		return 0;
	dev = open_in_root(c, "/dev", 0);
	for (int i = 0; i < OWN; i++) {
		shown[i] = open_in_root(c, own[i].path, 0);
		if (shown[i] >= 0 && !is_mount_point(shown[i]))
			close_it(&shown[i]);
	}
	result = mount_in_order(c, shown, dev);
	for (int i = 0; i < OWN; i++)
		close_it(&shown[i]);
	return result;
}
