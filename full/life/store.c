/*
 * store.c - what box keeps on disk: ROOT, which has a directory for each container, named by the container's ID.
 *
 *   .box          the marker: box has created this directory
 *   state.json    the record (record.c)
 *   cgroup        a link to the cgroup, if an engine asked for one
 *   log, log.1    the output of a detached container: the newest, and what was before it
 *   upper, work   the overlay's directories
 *   spare         a directory for the next container, with a marker, upper and work
 *   old           the directory of the previous container, without the files that it wrote
 *
 * A directory without a marker belongs to somebody else, whatever its name is and wherever ROOT is: box neither locks nor
 * changes it. A new directory gets its marker under a name that no container has (ROOT/.new.*), and only then its ID.
 *
 * Creating and removing directories on a disk takes longer than all that the kernel does here. So box does both while a
 * command runs, when nobody waits. When the container has ended, its spare directory becomes ROOT/.spare, for the next
 * container, and its own directory becomes "old" in there. Two containers never use the same directory: an overlay exists as
 * long as a process has a file open in it, and a process that waits for a lock must not get another container's.
 *
 * The box process that waits for a container holds a lock on the directory (flock(2)). When that process dies, in whatever
 * way, the kernel releases the lock. So a process that gets the lock knows that nobody waits for the container.
 *
 *   see      ls -lA /var/lib/box /var/lib/box/ID
 *   read     flock(2), rename(2) on RENAME_NOREPLACE, openat2(2); CVE-2021-41091
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/files.h"
#include "base/say.h"
#include "base/wait.h"
#include "bricks/brick.h"
#include "bricks/user.h"
#include "life/store.h"

#define ANOTHER "BOX_ROOT, or --root of box oci, names another"
#define NEW ".new."	/* then a number: a directory that does not have its marker or its ID yet */

/* ---- ROOT ---------------------------------------------------------------------------------------- */

static int make_parents(const char *path, struct error *e)
{
	char part[PATH_MAX];

	for (const char *slash = path; slash; ) {
		slash = strchr(slash + 1, '/');
		snprintf(part, sizeof part, "%.*s", slash ? (int)(slash - path) : PATH_MAX - 1, path);
		if (mkdir(part, slash ? 0755 : 0711) == -1 && errno != EEXIST)
			return fail_call(e, "create box's directory (" ANOTHER ")", "mkdir(\"%s\")", part);
	}
	return 0;
}

/* Users who can write to ROOT could replace what we have created there. */
static int check_owner(int root, const char *path, struct error *e)
{
	struct stat it;

	if (fstat(root, &it) == -1)
		return fail_call(e, "check who owns box's directory", "fstat(\"%s\")", path);
	if (it.st_uid != geteuid())
		return fail(e, "box's directory %s belongs to user %u, who could replace what box keeps there; choose a directory that you own ("
			    ANOTHER ")", path, it.st_uid);
	if (it.st_mode & (S_IWGRP | S_IWOTH))
		return fail(e, "box's directory %s: other users can write to it, and could replace what box keeps there; choose a directory that "
			    "only you can write to (mkdir -m 711 creates one; " ANOTHER ")", path);
	return 0;
}

int store_open(char root[PATH_MAX], struct error *e)
{
	const char *chosen = getenv("BOX_ROOT"), *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	enum { LONGEST = 1900 };	/* the overlay's mount options contain it twice, and may have 4095 bytes: mount(2) */
	int store, length;

	if (chosen)
		length = snprintf(root, PATH_MAX, "%s", chosen);
	else if (is_root())
		length = snprintf(root, PATH_MAX, "/var/lib/box");
	else if (data)
		length = snprintf(root, PATH_MAX, "%s/box", data);
	else
		length = snprintf(root, PATH_MAX, "%s/.local/share/box", home ? home : "");
	if (length > LONGEST)
		return fail(e, "box's directory has a path of %d bytes, and mount options have to contain it; use a path of at most %d bytes ("
			    ANOTHER ")", length, LONGEST);
	if (*root != '/' || strpbrk(root, ",:\\\""))
		return fail(e, "box's directory %s must be an absolute path without , : \\ and \", which mount options can't contain (" ANOTHER ")",
			    root);
	store = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store == -1 && errno == ENOENT) {
		if (make_parents(root, e) == -1)
			return -1;
		store = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (store == -1)
		return fail_call(e, "open box's directory (" ANOTHER ")", "open(\"%s\")", root);
	if (check_owner(store, root, e) == -1)
		close_it(&store);
	return store;
}

/* ---- Who owns a directory ------------------------------------------------------------------------ */

static const char magic[] = "box 1: box has created this directory for a container, and removes it. It removes no directory without this file.\n";

int store_mark(int at, const char *path)
{
	CLOSED int fd = openat(at, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);

	return fd == -1 ? -1 : write_text(fd, magic, sizeof magic - 1);
}

/* True if only we can have created the marker: we own the directory and the file, and the file has no other hard link. */
static bool is_ours(int directory)
{
	CLOSED int marker = -1;
	char text[sizeof magic];
	struct stat it;

	if (fstat(directory, &it) == -1 || it.st_uid != geteuid() || it.st_mode & (S_IWGRP | S_IWOTH))
		return false;
	marker = openat(directory, MARKER, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (marker == -1 || fstat(marker, &it) == -1 || !S_ISREG(it.st_mode) || it.st_uid != geteuid() || it.st_nlink != 1)
		return false;
	return read(marker, text, sizeof text) == sizeof magic - 1 && memcmp(text, magic, sizeof magic - 1) == 0;
}

int open_ours(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && !is_ours(fd)) {
		close_it(&fd);
		errno = EPERM;
	}
	return fd;
}

/* ---- Create -------------------------------------------------------------------------------------- */

static const char why_make[] = "create the container's directory";

/* Take the directory that the last container has left for us. Lock it first, so that no other box takes it or sweeps it away. */
static int take_next(const struct container *c, int store)
{
	int fd = lock_opened(open_ours(store, ".spare"), store, ".spare", LOCK_NB);

	if (fd >= 0 && MAY(why_make, rename_new(store, ".spare", store, c->id), "renameat2(%d, \".spare\", %d, \"%s\", RENAME_NOREPLACE)",
			   store, store, c->id) == -1)
		close_it(&fd);
	return fd;
}

/* Create a directory that gets its marker before it gets its name. If we are killed, a sweep finds the marker. If we are killed
 * before there is a marker, an empty directory stays, because nobody can know that it is ours. */
static int make_new(struct container *c, int store)
{
	unsigned long long chance = 0;
	char name[32];
	int fd;

	if (getrandom(&chance, sizeof chance, 0) == -1)
		return fail_call(&c->error, why_make, "getrandom()");
	snprintf(name, sizeof name, NEW "%llx", chance);
	if (SHOW(&c->error, why_make, mkdirat(store, name, 0700), "mkdirat(%d, \"%s\", 0700)", store, name) == -1)
		return -1;
	fd = lock_directory(store, name, 0);
	if (fd == -1 || MAY("mark it as box's", store_mark(fd, MARKER), "openat(%d, \"" MARKER "\", O_CREAT | O_EXCL)", fd) == -1 ||
	    MAY(why_make, rename_new(store, name, store, c->id), "renameat2(%d, \"%s\", %d, \"%s\", RENAME_NOREPLACE)",
		store, name, store, c->id) == -1) {
		fail_call(&c->error, why_make, "%s/%s", c->root, c->id);
		unlinkat(fd, MARKER, 0);
		unlinkat(store, name, AT_REMOVEDIR);
		close_it(&fd);
	}
	return fd;
}

static int name_is_taken(struct container *c, int store)
{
	CLOSED int fd = open_ours(store, c->id);

	if (fd == -1)
		return fail_as(&c->error, ID_IN_USE, "%s/%s exists, and box did not create it; choose another --name", c->root, c->id);
	return fail_as(&c->error, ID_IN_USE, "the name %s is taken; box rm %s frees it, or choose another --name", c->id, c->id);
}

int store_make(struct container *c, int store)
{
	bool taken;

	c->directory = take_next(c, store);
	taken = c->directory == -1 && errno == EEXIST;
	if (c->directory == -1 && !taken) {
		c->directory = make_new(c, store);
		taken = c->directory == -1 && c->error.number == EEXIST;
	}
	if (taken)
		return name_is_taken(c, store);
	return c->directory == -1 ? -1 : 0;
}

void store_prepare_next(struct container *c)
{
	if (c->directory == -1)		/* box exec: its container has prepared one */
		return;
	remove_tree(c->directory, "old");
	c->spare = mkdirat(c->directory, "spare", 0700) == 0 && mkdirat(c->directory, "spare/upper", 0755) == 0 &&
		   mkdirat(c->directory, "spare/work", 0700) == 0 && store_mark(c->directory, "spare/" MARKER) == 0;
}

/* ---- Remove -------------------------------------------------------------------------------------- */

/* True if it contains only "." and "..": these entries take 24 bytes each, and no other entry follows. getdents64(2) */
static bool is_empty(int directory)
{
	char two[48];

	return syscall(SYS_getdents64, directory, two, sizeof two) == sizeof two &&
	       syscall(SYS_getdents64, directory, two, sizeof two) == 0;
}

/* Keep the overlay's upper directory if it is empty, and remove it otherwise. */
static int clear_upper(int directory)
{
	CLOSED int upper = openat(directory, "upper", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return is_empty(upper) ? 0 : remove_tree(directory, "upper");
}

/*
 * Remove the container's files and output now; the next container removes the directories while it runs. The spare directory becomes
 * ROOT/.spare only when it is complete: from then on, another box may take it. Until then, its lock keeps a sweep away.
 */
static int put_aside(const struct container *c, int store)
{
	static const char *const gone[] = { "state.json", "state.json.new", "log", "log.1", "slirp.log", "slirp" };
	char unused[sizeof NEW + NAME_MAX];
	CLOSED int next = -1;

	errno = c->spare ? EEXIST : ENOENT;	/* for --explain: another box has left one already, or there is none to leave */
	if (!c->spare || faccessat(store, ".spare", F_OK, AT_SYMLINK_NOFOLLOW) == 0 || clear_upper(c->directory) == -1)
		return -1;
	for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
		unlinkat(c->directory, gone[i], 0);
	snprintf(unused, sizeof unused, NEW "%s", c->id);
	next = lock_directory(c->directory, "spare", LOCK_NB);
	if (next == -1 || rename_new(c->directory, "spare", store, unused) == -1)
		return -1;
	if (rename_new(store, c->id, next, "old") == 0) {
		if (leads_to(next, "old", c->directory))
			return rename_new(store, unused, store, ".spare") == 0 ? 0 : remove_tree(store, unused);
		rename_new(next, "old", store, c->id);	/* somebody has put another directory in its place: that stays */
	}
	remove_tree(store, unused);
	return -1;
}

/* The descriptor leads to the container's directory, even if the name leads to another one by now. rmdir(2) by name can only remove
 * an empty directory. The marker goes last, and comes back if there is more to remove: what is left can be removed later. */
static int remove_all(const struct container *c, int store)
{
	int number;

	empty(openat(c->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), MARKER);
	unlinkat(c->directory, MARKER, 0);
	if (unlinkat(store, c->id, AT_REMOVEDIR) == 0)
		return 0;
	number = errno;
	(void)!store_mark(c->directory, MARKER);
	errno = number;
	return -1;
}

/* If somebody has put another directory in its place meanwhile, that stays. */
static int forget(struct container *c)
{
	CLOSED int store = open(c->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (store == -1)
		return -1;
	if (!leads_to(store, c->id, c->directory)) {
		errno = ENOENT;
		return -1;
	}
	if (MAY("leave the directories to the next container", put_aside(c, store), "rename(\"%s\", \".spare/old\")", c->id) == 0)
		return 0;
	return MAY("remove the container's directory", remove_all(c, store), "rm -r \"%s/%s\"", c->root, c->id);
}

/* An ordinary user can't remove files of the container's other users. Root of the user namespace that maps them can. */
int store_remove(struct container *c)
{
	int result = 0;

	if (forget(c) == -1 && errno != ENOENT && (!c->rootless || user_run(c, forget) == -1))
		result = fail(&c->error, "cannot remove %s/%s: %s", c->root, c->id, strerror(errno));
	close_it(&c->directory);
	return result;
}

/* ---- Sweep --------------------------------------------------------------------------------------- */

/*
 * Clean up after a container whose box has died. Its processes have died, too, unless PID 1 has cancelled its parent-death
 * signal. The record of a container that has ended stays, and so do one that we can't read and an engine's.
 */
static void bury(const char *root, const char *id, int directory)
{
	struct container c = container_of(NULL);
	struct state s = { .pidfd = -1 };
	const int found = record_read(directory, &s);

	c.directory = directory;
	if ((found == -1 && errno != ENOENT) || (found == 0 && (s.pid == 0 || s.engines))) {
		record_free(&s);
		close_it(&c.directory);
		return;
	}
	snprintf(c.id, sizeof c.id, "%s", id);
	snprintf(c.root, sizeof c.root, "%s", root);
	snprintf(c.cgroup, sizeof c.cgroup, "%s", record_cgroup(&s));
	if (s.pidfd >= 0)
		syscall(SYS_pidfd_send_signal, s.pidfd, SIGKILL, NULL, 0);
	record_free(&s);
	wall_undo(&c);
	if (store_remove(&c) == -1)
		fprintf(stderr, "box: warning: %s\n", c.error.text);
}

int may_be_ours(const struct dirent *entry)
{
	return (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN) &&
	       (*entry->d_name != '.' || strncmp(entry->d_name, NEW, strlen(NEW)) == 0);
}

void store_sweep(int store, const char *root, unsigned most)
{
	DIR *all LISTED = fdopendir(openat(store, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));

	for (unsigned seen = 0; all && (!most || seen < most); seen++) {
		const struct dirent *entry = readdir(all);
		int fd;

		if (!entry)
			break;
		fd = may_be_ours(entry) ? lock_opened(open_ours(store, entry->d_name), store, entry->d_name, LOCK_NB) : -1;
		if (fd >= 0)
			bury(root, entry->d_name, fd);
	}
	if (!most)
		veth_undo(&(struct container){ 0 });	/* remove entries of containers that no longer exist */
}

/* An empty directory holds nothing of anybody's: box was killed when it had removed all that was in there, with the marker. */
void store_remove_unfinished(const char *id)
{
	struct error ignored = { 0 };
	char root[PATH_MAX];
	CLOSED int store = store_open(root, &ignored);
	int fd = store >= 0 ? lock_opened(open_ours(store, id), store, id, 0) : -1;	/* its inner side may take a moment to end */

	if (fd >= 0)
		bury(root, id, fd);
	else
		unlinkat(store, id, AT_REMOVEDIR);
}

/* ---- One container -------------------------------------------------------------------------------- */

int store_directory(const struct state *s)
{
	CLOSED int store = open(s->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return open_ours(store, s->id);
}

int store_lock(const struct state *s, int how)
{
	CLOSED int store = open(s->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return lock_opened(open_ours(store, s->id), store, s->id, how);
}

int store_rename(const struct state *s, const char *id, struct error *e)
{
	CLOSED int store = open(s->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC), directory = store_lock(s, 0);

	if (directory == -1)
		return fail_as(e, NO_CONTAINER, "there is no container %s any more; box ps lists the containers", s->id);
	if (rename_new(store, s->id, store, id) == -1 && errno == EEXIST)
		return fail_as(e, ID_IN_USE, "the name %s is taken; choose another, or free it with box rm %s", id, id);
	if (!leads_to(store, id, directory))
		return fail_call(e, "rename the container's directory", "renameat2(\"%s/%s\", \"%s\")", s->root, s->id, id);
	if (record_rename(directory, id, e) == 0)
		return 0;
	rename_new(store, id, store, s->id);
	return -1;
}
