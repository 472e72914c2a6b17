/*
 * files.c - functions that read, write and lock files, and create and remove directories.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/files.h"
#include "base/say.h"
#include "base/wait.h"

int put(struct error *e, const char *why, int dir, const char *file, const char *text)
{
	CLOSED int fd = SHOW(e, why, openat(dir, file, O_WRONLY | O_CLOEXEC), "openat(%d, \"%s\", O_WRONLY)", dir, file);
	size_t length = strlen(text);

	if (fd == -1)
		return -1;
	return SHOW(e, why, write(fd, text, length), "write(%d<%s>, \"%s\", %zu)", fd, file, text, length) == -1 ? -1 : 0;
}

int have_directory(struct error *e, const char *why, int at, const char *name, mode_t mode)
{
	if (MAY(why, mkdirat(at, name, mode), "mkdirat(%d, \"%s\", 0%o)", at, name, mode) == -1 && errno != EEXIST)
		return fail_call(e, why, "mkdirat(\"%s\")", name);
	return 0;
}

ssize_t get(int dir, const char *file, char *text, size_t size)
{
	CLOSED int fd = openat(dir, file, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t got = -1;

	while (fd >= 0 && length < size - 1 && (got = read(fd, text + length, size - 1 - length)) > 0)
		length += got;
	text[length] = '\0';
	return got == -1 ? -1 : (ssize_t)length;
}

char *read_text(int fd)
{
	enum { STEP = 1 << 14 };
	CLOSED int file = fd;
	char *text = NULL, *longer;
	size_t length = 0;
	ssize_t got = fd == -1 ? -1 : 1;

	while (got > 0 && length <= LARGEST_TEXT && (longer = realloc(text, length + STEP + 1))) {
		text = longer;
		got = read(file, text + length, STEP);
		length += got > 0 ? got : 0;
	}
	if (got == 0) {
		text[length] = '\0';
		return text;
	}
	if (length > LARGEST_TEXT)
		errno = EFBIG;
	free_it(&text);
	return NULL;
}

int close_text(FILE *stream)
{
	const bool failed = !stream || ferror(stream);

	if (stream && fclose(stream) == EOF)
		return -1;
	return failed ? -1 : 0;
}

int write_text(int fd, const char *text, size_t length)
{
	ssize_t part;

	for (; length; text += part, length -= part) {
		part = write(fd, text, length);
		if (part == -1)
			return -1;
	}
	return 0;
}

int memory_file(const char *name, unsigned flags, bool program)
{
	enum { NOEXEC = 8, EXEC = 16 };	/* MFD_NOEXEC_SEAL and MFD_EXEC, which are too new for some headers */
	int fd = memfd_create(name, MFD_CLOEXEC | flags | (program ? EXEC : NOEXEC));

	return fd == -1 && errno == EINVAL ? memfd_create(name, MFD_CLOEXEC | flags) : fd;
}

/* Are we root of the user namespace that owns the namespace at PATH, or of one above? */
static bool is_root_of(const char *path)
{
	CLOSED int namespace = open(path, O_RDONLY | O_CLOEXEC), owner = ioctl(namespace, NS_GET_USERNS);

	return geteuid() == 0 && (owner >= 0 || errno != EPERM);
}

bool is_root(void)
{
	return is_root_of("/proc/self/ns/net");
}

bool may_mount(void)
{
	return is_root_of("/proc/self/ns/mnt");
}

bool is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

struct dirent *next_entry(DIR *all)
{
	struct dirent *entry;

	errno = 0;
	do
		entry = readdir(all);
	while (entry && is_dots(entry->d_name));
	return entry;
}

bool is_on(int fd, long kind)
{
	struct statfs it;

	return fstatfs(fd, &it) == 0 && (long)it.f_type == kind;
}

bool is_same(int fd, int other)
{
	struct stat it, its;

	return fstat(fd, &it) == 0 && fstat(other, &its) == 0 && it.st_dev == its.st_dev && it.st_ino == its.st_ino;
}

bool leads_to(int at, const char *name, int directory)
{
	struct stat there, it;

	return fstat(directory, &it) == 0 && fstatat(at, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       there.st_dev == it.st_dev && there.st_ino == it.st_ino;
}

int lock_opened(int fd, int at, const char *name, int how)
{
	if (fd >= 0 && lock_file(fd, how) == 0) {
		if (leads_to(at, name, fd))
			return fd;
		errno = ENOENT;
	}
	close_it(&fd);
	return -1;
}

int lock_directory(int at, const char *name, int how)
{
	return lock_opened(openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), at, name, how);
}

int rename_new(int from_at, const char *from, int to_at, const char *to)
{
	return syscall(SYS_renameat2, from_at, from, to_at, to, RENAME_NOREPLACE);
}

/* An overlay's work directory has mode 0, so only root could open it as it is. What somebody has mounted there is not ours to
 * remove. */
static int open_to_remove(int at, const char *name)
{
	const struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV };
	int fd = syscall(SYS_openat2, at, name, &how, sizeof how);

	if (fd == -1 && errno == EACCES && fchmodat(at, name, 0700, 0) == 0)
		fd = syscall(SYS_openat2, at, name, &how, sizeof how);
	return fd;
}

/* Move the directory NAME from AT to the directory TOP, under a name that is free there. renameat2(2) */
static bool move_up(int top, int at, const char *name)
{
	char unused[32];
	struct stat it;
	unsigned i = 0;
	int result;

	if (fstatat(at, name, &it, AT_SYMLINK_NOFOLLOW) == -1)
		return false;
	do {
		snprintf(unused, sizeof unused, "%llx.%u", (unsigned long long)it.st_ino, i++);
		result = rename_new(at, name, top, unused);
	} while (result == -1 && errno == EEXIST);
	return result == 0;
}

/*
 * Remove what is in the directory FD, which is at this LEVEL below TOP, and close FD. Each level needs a descriptor, and a container
 * can nest directories deeper than we may have descriptors. So what lies too deep moves to TOP. Returns true if anything moved.
 * KEPT (or NULL) stays.
 */
static bool clear(int top, int fd, int level, const char *kept)
{
	enum { DEEPEST = 32 };
	DIR *all LISTED = fdopendir(fd);
	struct dirent *entry;
	bool moved = false;
	int below;

	while (all && (entry = next_entry(all))) {
		const char *name = entry->d_name;

		if (kept && strcmp(name, kept) == 0)
			continue;
		if (entry->d_type != DT_DIR && unlinkat(fd, name, 0) == 0)
			continue;
		if (unlinkat(fd, name, AT_REMOVEDIR) == 0)
			continue;
		if (level == DEEPEST) {
			moved |= move_up(top, fd, name);
		} else if ((below = open_to_remove(fd, name)) >= 0) {
			moved |= clear(top, below, level + 1, NULL);
			unlinkat(fd, name, AT_REMOVEDIR);
		}
	}
	return moved;
}

void empty(int fd, const char *kept)
{
	while (clear(fd, openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), 0, kept))
		;
	close_it(&fd);
}

int remove_tree(int at, const char *name)
{
	int fd;

	if (unlinkat(at, name, AT_REMOVEDIR) == 0)
		return 0;
	if (errno == ENOTDIR)
		return unlinkat(at, name, 0);
	if ((fd = open_to_remove(at, name)) == -1)
		return -1;
	empty(fd, NULL);
	return unlinkat(at, name, AT_REMOVEDIR);
}
