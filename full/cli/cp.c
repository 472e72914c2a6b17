/*
 * cp.c - box cp: copy files between the host and a running container.
 *
 * The container may rename its files and put symbolic links in their place while box copies them, and box has the host's rights. So no
 * path is looked up twice. The two paths of the command line become descriptors: the container's is looked up in the container's
 * root. From there, each file is opened by its name in the directory above it, and no link is followed. Nothing of the container is
 * executed, and none of its libraries is loaded.
 *
 *   see      box run -d --name a ROOTFS sleep 1000; box cp a:/etc/os-release /tmp; box cp /tmp/os-release a:/srv
 *   break    box exec a ln -s /etc/shadow /link; box cp a:/link /tmp; ls -l /tmp/link
 *   read     openat2(2); CVE-2018-15664, CVE-2019-14271
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/copy.h"
#include "base/files.h"
#include "base/wait.h"
#include "bricks/mount.h"
#include "bricks/user.h"
#include "cli/cli.h"
#include "life/container.h"
#include "life/store.h"

/* A directory, and the name of a file in it. */
struct place { int directory; char name[NAME_MAX + 1]; };

/* ---- Find ---------------------------------------------------------------------------------------- */

/* Open what PATH leads to: in the container C, or on the host if C is NULL. */
static int look_up(struct container *c, const char *path, struct error *e)
{
	int fd = c ? open_in_root(c, path, 0) : open(path, O_PATH | O_CLOEXEC);

	if (fd == -1 && !c)
		return fail_call(e, "find the file", "open(\"%s\")", path);
	if (fd == -1)
		*e = c->error;
	return fd;
}

/* The last name of PATH is not followed if it is a symbolic link. If it is no name, as in "DIR/.", it is the directory itself. */
static int find_place(struct container *c, const char *path, struct place *p, struct error *e)
{
	char above[PATH_MAX], *name;
	size_t length = strlen(path);

	if (length >= sizeof above)
		return fail(e, "a path has at most %d bytes, and this one has %zu", PATH_MAX - 1, length);
	while (length > 1 && path[length - 1] == '/')
		length--;
	snprintf(above, sizeof above, "%.*s", (int)length, path);
	name = strrchr(above, '/');
	name = name ? name + 1 : above;
	if (strlen(name) > NAME_MAX)
		return fail(e, "%s: a file name has at most %d bytes", name, NAME_MAX);
	strcpy(p->name, *name && !is_dots(name) ? name : ".");
	if (*name && !is_dots(name))	/* what is left is the directory */
		strcpy(name, name == above ? "." : "");
	p->directory = look_up(c, above, e);
	return p->directory == -1 ? wrap(e, "%s", path) : 0;
}

/* If PATH is a directory, the copy of SOURCE keeps its name, and goes into that directory. If there is nothing at PATH, and it ends with a
 * slash, only a directory may be copied there: docker-cp(1). */
static int find_target(struct container *c, const char *path, const struct place *source, struct place *p, struct error *e)
{
	CLOSED int there = look_up(c, path, e);
	struct stat it;

	if (there >= 0 && fstat(there, &it) == 0 && S_ISDIR(it.st_mode)) {
		p->directory = dup(there);
		strcpy(p->name, source->name);
		return 0;
	}
	if (find_place(c, path, p, e) == -1)
		return -1;
	if (fstatat(source->directory, source->name, &it, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(it.st_mode) && path[strlen(path) - 1] == '/')
		return fail(e, "%s is not a directory; create it first, or omit the last slash", path);
	return 0;
}

/* The PID may be another process's by now, unless the container still runs after we have the descriptor. */
static int open_root(const struct state *s, struct container *c, struct error *e)
{
	char path[32];

	snprintf(path, sizeof path, "/proc/%d/root", s->pid);
	c->tree = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (c->tree == -1)
		return fail_call(e, "open the container's root", "open(\"%s\")", path);
	return has_ended(s->pidfd) ? fail(e, "%s has ended meanwhile", s->id) : 0;
}

/* Create files as the container's root: in a user namespace's file systems, nobody else can. That takes capabilities away, which we need
 * still. setfsuid(2), capabilities(7) */
static int become_root_in(pid_t pid, struct container *inside, struct copy *c)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct set[2];

	read_maps(inside, pid);
	c->user = inside->maps[USERS][0].outside;
	c->group = inside->maps[GROUPS][0].outside;
	setfsgid(c->group);
	setfsuid(c->user);
	if (syscall(SYS_capget, &header, set) == -1)
		return fail_call(c->e, "read our capabilities", "capget()");
	set[0].effective = set[0].permitted;
	set[1].effective = set[1].permitted;
	return syscall(SYS_capset, &header, set) == -1 ? fail_call(c->e, "keep our capabilities", "capset()") : 0;
}

/* ---- The command --------------------------------------------------------------------------------- */

/* Cut ID:PATH in two, and return PATH. A path of the host that contains a colon begins with / or . as in docker. */
static char *cut_id(char *word)
{
	char *colon = strchr(word, ':');

	if (!colon || colon == word || *word == '/' || *word == '.')
		return NULL;
	*colon = '\0';
	return colon + 1;
}

/* What comes from a container keeps no set-user-ID bit: it would belong to you, who may be root. */
static int copy_all(const struct state *s, bool out, const char *from, const char *to, struct error *e)
{
	struct container c = container_of(NULL);
	struct copy copies = { .user = geteuid(), .group = getegid(), .kept = out ? 01777 : 07777, .top = -1, .e = e };
	struct place source = { -1, "" }, target = source;

	if (open_root(s, &c, e) == -1 || find_place(out ? &c : NULL, from, &source, e) == -1)
		return -1;
	if (find_target(out ? NULL : &c, to, &source, &target, e) == -1 || (!out && become_root_in(s->pid, &c, &copies) == -1))
		return -1;
	return copy(&copies, source.directory, source.name, target.directory, target.name) == -1 ? wrap(e, "%s", from) : 0;
}

const struct option cp_options[] = {
	{ "quiet", 'q', NULL, "accepted, as box cp never prints its progress", take_flag, 0, NULL, 0 },
	{ "archive", 'a', NULL, "box cp gives copies to you, or to the container's root; tar in box exec keeps their owners", take_never, 0, NULL, 0 },
	{ "follow-link", 'L', NULL, "box cp copies a link itself; use the path that it leads to", take_never, 0, NULL, 0 },
	{ 0 }
};

int command_cp(char **words, struct error *e)
{
	bool quiet;
	struct state *one FREED = NULL;
	char *from, *to;

	if (!(words = read_between(cp_options, &quiet, words, e)))
		return -1;
	if (!words[0] || !words[1] || words[2])
		return fail(e, "usage: box cp ID:PATH DEST, or box cp SRC ID:PATH");
	from = cut_id(words[0]);
	to = cut_id(words[1]);
	if (!from == !to || (from && !*from) || (to && !*to))
		return fail(e, "box cp copies between a container and the host: one of the two has to be ID:PATH, and the "
			       "other a path of the host");
	if (strcmp(words[from ? 1 : 0], "-") == 0)
		return fail(e, "box cp makes and reads no tar, which - is in docker; use tar in box exec, or ./- for a file with this name");
	if (find_running((char *[]){ from ? words[0] : words[1], NULL }, &one, e) == -1)
		return -1;
	return copy_all(one, from, from ? from : words[0], to ? to : words[1], e);
}
