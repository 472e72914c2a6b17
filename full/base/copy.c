/*
 * copy.c - copies files and directories that somebody else may change at the same time. No path is looked up twice: each file is opened
 * by its name in the directory above it, and no link is followed.
 *
 *   read     openat(2), symlink(7); CVE-2018-15664
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/copy.h"
#include "base/files.h"
#include "base/text.h"

static int fail_copy(struct copy *c, const char *name)
{
	return fail_call(c->e, "copy", "\"%s\"", name);
}

/* chown(2) clears the set-user-ID bit, so it comes before chmod(2). */
static int finish(struct copy *c, int made, const struct stat *from, const char *name)
{
	const struct timespec times[] = { from->st_atim, from->st_mtim };

	if (fchown(made, from->st_uid, from->st_gid) == -1 || fchmod(made, from->st_mode & c->kept) == -1 || futimens(made, times) == -1)
		return fail_copy(c, name);
	return 0;
}

/* A descriptor that can be read, for the file of an O_PATH descriptor: the same file, whatever its name is by now. */
static int open_again(int it)
{
	char path[32];

	snprintf(path, sizeof path, "/proc/self/fd/%d", it);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Remove what has this name already. Returns -1 with errno if it stays. */
static int make_room(int at, const char *name)
{
	return unlinkat(at, name, 0) == 0 || errno == ENOENT ? 0 : -1;
}

static int copy_file(struct copy *c, int it, const struct stat *about, int to, const char *name)
{
	CLOSED int in = open_again(it), out = -1;
	char text[1 << 16];
	ssize_t length = -1;

	if (in == -1 || make_room(to, name) == -1)
		return fail_copy(c, name);
	out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out == -1)
		return fail_copy(c, name);
	while ((length = read(in, text, sizeof text)) > 0)
		for (ssize_t done = 0, part; done < length; done += part)
			if ((part = write(out, text + done, length - done)) == -1)
				return fail_copy(c, name);
	return length == -1 ? fail_copy(c, name) : finish(c, out, about, name);
}

static int copy_link(struct copy *c, int it, const struct stat *about, int to, const char *name)
{
	char target[PATH_MAX] = "";

	if (readlinkat(it, "", target, sizeof target - 1) == -1 || make_room(to, name) == -1)
		return fail_copy(c, name);
	if (symlinkat(target, to, name) == -1 || fchownat(to, name, about->st_uid, about->st_gid, AT_SYMLINK_NOFOLLOW) == -1)
		return fail_copy(c, name);
	return 0;
}

/* A directory that exists keeps its owner and mode. */
static int copy_directory(struct copy *c, int it, const struct stat *about, int to, const char *name)
{
	DIR *all LISTED = fdopendir(openat(it, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	const bool is_new = mkdirat(to, name, 0700) == 0, exists = is_new || errno == EEXIST;
	CLOSED int made = exists ? openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
	struct dirent *entry;

	if (!all || made == -1)
		return fail_copy(c, name);
	if (c->top == -1)
		c->top = dup(made);
	while ((entry = next_entry(all)))
		if (copy(c, it, entry->d_name, made, entry->d_name) == -1)
			return -1;
	if (errno)
		return fail_copy(c, name);
	return is_new ? finish(c, made, about, name) : 0;
}

static void warn_of(const char *name)
{
	char *text FREED = strdup(name);

	make_printable(text);
	fprintf(stderr, "box: warning: \"%s\" is not copied, because it is not a file, a directory or a symbolic link\n", text);
}

int copy(struct copy *c, int from, const char *name, int to, const char *new)
{
	CLOSED int it = openat(from, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat about;

	if (it == -1 || fstat(it, &about) == -1)
		return fail_copy(c, name);
	if (!c->keeps_owners) {
		about.st_uid = c->user;
		about.st_gid = c->group;
	}
	if (S_ISREG(about.st_mode))
		return copy_file(c, it, &about, to, new);
	if (S_ISLNK(about.st_mode))
		return copy_link(c, it, &about, to, new);
	if (S_ISDIR(about.st_mode))
		return is_same(it, c->top) ? 0 : copy_directory(c, it, &about, to, new);	/* no directory into itself */
	warn_of(name);
	return 0;
}
