/*
 * store.c - what box keeps of containers: ROOT, and in it a directory for each, named by its ID.
 *
 *   .box          the marker: box has made this directory
 *   state.json    its record (record.c)
 *   log           what a detached container said
 *   upper, work   the overlay's
 *   spare         a directory for the next container, with a marker, upper and work
 *   old           what the one before has left: it wrote nothing, or that is gone
 *
 * A directory without a marker is somebody else's, whatever its name is and wherever ROOT is: it is neither locked nor
 * changed. A new one gets its marker under a name that no container has (ROOT/.new.*), and only then its ID.
 *
 * A disk takes longer to make and remove directories than the kernel all else here. So both is done while a command runs,
 * and nobody waits. When it is over, its spare directory becomes ROOT/.spare, for the next container, and what is left of
 * its own becomes old in there. No two containers have a directory in common: an overlay lives as long as anybody looks
 * into it, and who waits for a lock is not to get another's.
 *
 * The process that waits for a container holds a lock on its directory (flock(2)), which the kernel lets go
 * when that process dies, however it dies. So who gets the lock knows that nobody looks after the container.
 *
 *   see      ls -lA /var/lib/box /var/lib/box/ID
 *   read     flock(2), rename(2) on RENAME_NOREPLACE, openat2(2); CVE-2021-41091
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "box.h"
#include "bricks.h"

#define NEW ".new."	/* and a number: a directory that has no marker yet, or no ID */

/* ---- ROOT ---------------------------------------------------------------------------------------- */

static int make_parents(const char *path, struct error *e)
{
	char part[PATH_MAX];

	for (const char *slash = path; slash; ) {
		slash = strchr(slash + 1, '/');
		snprintf(part, sizeof part, "%.*s", slash ? (int)(slash - path) : PATH_MAX - 1, path);
		if (mkdir(part, slash ? 0755 : 0711) == -1 && errno != EEXIST)
			return fail_call(e, "make box's directory (BOX_ROOT could name another)", "mkdir(\"%s\")", part);
	}
	return 0;
}

/* Where others may write, each of them could put something in the place of what we have made. */
static int check_owner(int root, const char *path, struct error *e)
{
	struct stat it;

	if (fstat(root, &it) == -1)
		return fail_call(e, "see whose box's directory is", "fstat(\"%s\")", path);
	if (it.st_uid != geteuid())
		return fail(e, "BOX_ROOT %s belongs to user %u, who could replace what box keeps there; choose a directory that you own",
			    path, it.st_uid);
	if (it.st_mode & (S_IWGRP | S_IWOTH))
		return fail(e, "BOX_ROOT %s: other users can write to it, and could replace what box keeps there; choose a directory that only you "
			    "can write to (mkdir -m 711 creates one)", path);
	return 0;
}

int store_open(char root[PATH_MAX], struct error *e)
{
	const char *chosen = getenv("BOX_ROOT"), *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	int store;

	if (chosen)
		snprintf(root, PATH_MAX, "%s", chosen);
	else if (geteuid() == 0)
		strcpy(root, "/var/lib/box");
	else
		snprintf(root, PATH_MAX, "%s%s/box", data ? data : home ? home : "", data ? "" : "/.local/share");
	if (*root != '/' || strpbrk(root, ",:\\\"") || strlen(root) > PATH_MAX - NAME_MAX)
		return fail(e, "BOX_ROOT %s: it is an absolute path, without , : \\ and \" (mount(8) could not tell them)", root);
	store = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store == -1 && errno == ENOENT) {
		if (make_parents(root, e) == -1)
			return -1;
		store = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (store == -1)
		return fail_call(e, "look into box's directory (BOX_ROOT could name another)", "open(\"%s\")", root);
	if (check_owner(store, root, e) == -1)
		close_it(&store);
	return store;
}

/* ---- Whose a directory is ------------------------------------------------------------------------ */

static const char magic[] = "box 1: box has created this directory for a container, and removes it. It removes no directory without this file.\n";

int store_mark(int at, const char *path)
{
	CLOSED int fd = openat(at, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);

	return fd >= 0 && write(fd, magic, sizeof magic - 1) == sizeof magic - 1 ? 0 : -1;
}

/* Only we can have put it there: the directory is ours, and so is the file, which has no other name elsewhere. */
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

/* Does NAME at AT still lead to the directory that we have opened? */
static bool leads_to(int at, const char *name, int directory)
{
	struct stat there, it;

	return fstat(directory, &it) == 0 && fstatat(at, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
	       there.st_dev == it.st_dev && there.st_ino == it.st_ino;
}

/* Lock what was opened. Who had the lock may have removed the directory, or given it away: then the name leads elsewhere. */
static int lock_opened(int fd, int at, const char *name, int how)
{
	if (fd >= 0 && flock(fd, LOCK_EX | how) == 0) {
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

/* Open NAME at AT, a directory of box's. -1 with errno: EPERM if it is another's. */
static int open_ours(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && !is_ours(fd)) {
		close_it(&fd);
		errno = EPERM;
	}
	return fd;
}

/* ---- Made ---------------------------------------------------------------------------------------- */

/* rename(2), if TO is not there. */
static int rename_new(int from_at, const char *from, int to_at, const char *to)
{
	return syscall(SYS_renameat2, from_at, from, to_at, to, RENAME_NOREPLACE);
}

static const char why_make[] = "create the container's directory";

/* The directory that the last container has left for us. It is locked first: nobody else can take it then, or sweep it away. */
static int take_next(const struct container *c, int store)
{
	int fd = lock_opened(open_ours(store, ".spare"), store, ".spare", LOCK_NB);

	if (fd >= 0 && MAY(why_make, rename_new(store, ".spare", store, c->id), "renameat2(%d, \".spare\", %d, \"%s\", RENAME_NOREPLACE)",
			   store, store, c->id) == -1)
		close_it(&fd);
	return fd;
}

/* One that has its marker before it has its name. If we are killed, a sweep finds the marker; killed before there is one, we
 * leave an empty directory, which nobody can know to be ours. */
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
		return fail(&c->error, "%s/%s exists, and box did not create it; choose another --name", c->root, c->id);
	return fail(&c->error, "the name %s is taken: box rm %s frees it, or choose another with --name", c->id, c->id);
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
	if (c->directory == -1)		/* exec's: its container has one */
		return;
	remove_tree(c->directory, "old");
	c->spare = mkdirat(c->directory, "spare", 0700) == 0 && mkdirat(c->directory, "spare/upper", 0755) == 0 &&
		   mkdirat(c->directory, "spare/work", 0700) == 0 && store_mark(c->directory, "spare/" MARKER) == 0;
}

/* ---- Removed ------------------------------------------------------------------------------------- */

/* Nothing in it but "." and "..": those take 24 bytes each, and nothing comes behind them. getdents64(2) */
static bool is_empty(int directory)
{
	char two[48];

	return syscall(SYS_getdents64, directory, two, sizeof two) == sizeof two &&
	       syscall(SYS_getdents64, directory, two, sizeof two) == 0;
}

/* Its overlay's upper directory goes to the next but one container's, if nobody has written there; or it goes. */
static int clear_upper(int directory)
{
	CLOSED int upper = openat(directory, "upper", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return is_empty(upper) ? 0 : remove_tree(directory, "upper");
}

/* What it wrote and said goes now; the directories, when the next one runs. */
static int put_aside(const struct container *c, int store)
{
	static const char *const gone[] = { "state.json", "state.json.new", "log", "slirp.log", "slirp" };

	if (!c->spare || clear_upper(c->directory) == -1)
		return -1;
	for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
		unlinkat(c->directory, gone[i], 0);
	if (rename_new(c->directory, "spare", store, ".spare") == -1)
		return -1;
	return rename_new(store, c->id, store, ".spare/old");
}

/* What somebody has put in its place meanwhile stays. */
static int forget(struct container *c)
{
	CLOSED int store = open(c->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (store == -1)
		return -1;
	if (!leads_to(store, c->id, c->directory)) {
		errno = ENOENT;
		return -1;
	}
	if (MAY("leave its directories to the next one", put_aside(c, store), "rename(\"%s\", \".spare/old\")", c->id) == 0)
		return 0;
	return MAY("forget it", remove_tree(store, c->id), "rm -r \"%s/%s\"", c->root, c->id);
}

/* Without root, what the container's other users wrote is not ours to remove: it is their root's. */
void store_remove(struct container *c)
{
	if (forget(c) == -1 && errno != ENOENT && (!c->rootless || user_run(c, forget) == -1))
		fprintf(stderr, "box: warning: %s/%s could not be removed: %s\n", c->root, c->id, strerror(errno));
	close_it(&c->directory);
}

/* ---- Swept --------------------------------------------------------------------------------------- */

/*
 * Its box is dead. Its processes are, too, unless PID 1 took the parent's death signal back. What has ended is on record,
 * and stays; so does a record that can't be read.
 */
static void bury(const char *root, const char *id, int directory)
{
	struct container c = container_of(NULL);
	struct state s = { .pidfd = -1 };
	const int found = record_read(directory, &s);

	c.directory = directory;
	if ((found == -1 && errno != ENOENT) || (found == 0 && s.pid == 0)) {
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
	take_down(&c);
	store_remove(&c);
}

/* What may be a container's directory, or one on its way to be that. */
static int may_be_ours(const struct dirent *entry)
{
	return (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN) &&
	       (*entry->d_name != '.' || strncmp(entry->d_name, NEW, strlen(NEW)) == 0);
}

void store_sweep(int store, const char *root, unsigned most)
{
	DIR *all LISTED = fdopendir(openat(store, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *entry;

	for (unsigned seen = 0; all && (!most || seen < most) && (entry = readdir(all)); seen++) {
		int fd = may_be_ours(entry) ? lock_opened(open_ours(store, entry->d_name), store, entry->d_name, LOCK_NB) : -1;

		if (fd >= 0)
			bury(root, entry->d_name, fd);
	}
	if (!most)
		veth_undo(&(struct container){ 0 });	/* what stands in the register of containers that are no more */
}

/* ---- Found --------------------------------------------------------------------------------------- */

/* As container.c makes them up. --name can't tell: it may have the same form. */
static bool is_generated(const char *id)
{
	return strlen(id) == 12 && strspn(id, "0123456789abcdef") == 12;
}

static int read_one(int store, const char *id, struct state *s)
{
	CLOSED int directory = open_ours(store, id);

	*s = (struct state){ .pidfd = -1 };
	snprintf(s->id, sizeof s->id, "%s", id);
	return directory == -1 ? -1 : record_read(directory, s);
}

/* The ID that WORD is the beginning of. Returns how many there are. */
static int count_beginnings(int store, const char *word, char id[NAME_MAX + 1])
{
	DIR *all LISTED = fdopendir(openat(store, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *entry;
	struct state s;
	int found = 0;

	while (all && (entry = readdir(all))) {
		if (!is_generated(entry->d_name) || strncmp(entry->d_name, word, strlen(word)) != 0 || read_one(store, entry->d_name, &s) == -1)
			continue;
		if (!s.named) {
			strcpy(id, entry->d_name);
			found++;
		}
		record_free(&s);
	}
	return found;
}

/* The ID that WORD stands for: a whole one first, then the beginning of a generated one. */
static int find_id(int store, const char *root, const char *word, char id[NAME_MAX + 1], struct error *e)
{
	CLOSED int directory = -1;
	int found;

	if (!*word || *word == '.' || strchr(word, '/') || strlen(word) > NAME_MAX)
		return fail(e, "there is no container %s: box ps lists them", word);
	directory = open_ours(store, word);
	if (directory >= 0) {
		strcpy(id, word);
		return 0;
	}
	if (errno == EPERM)
		return fail(e, "%s/%s is not a container: box did not create this directory, and does not change it", root, word);
	found = count_beginnings(store, word, id);
	if (found > 1)
		return fail(e, "%s is the beginning of %d IDs; type more characters (box ps lists them)", word, found);
	return found == 1 ? 0 : fail(e, "there is no container %s: box ps lists them", word);
}

int store_find_damaged(const char *word, struct state *s, struct error *e)
{
	char id[NAME_MAX + 1], root[PATH_MAX];
	CLOSED int store = store_open(root, e);

	*s = (struct state){ .pidfd = -1 };
	if (store == -1)
		return -1;
	store_sweep(store, root, 0);
	if (find_id(store, root, word, id, e) == -1)
		return -1;
	if (read_one(store, id, s) == -1 && errno != EBADMSG)
		return fail(e, "there is no container %s any more, or not yet: box ps lists them", word);
	strcpy(s->root, root);
	return 0;
}

int store_find(const char *word, struct state *s, struct error *e)
{
	if (store_find_damaged(word, s, e) == -1)
		return -1;
	return s->json ? 0 : fail(e, "cannot read %s/%s/state.json, and keeps it; repair it, or run box rm --force %s to remove the container",
				  s->root, s->id, s->id);
}

/* Name what is kept: a record that can't be read, and a directory with a record that has no marker. */
static void name_kept(int store, const char *root, const char *id, int number)
{
	char path[NAME_MAX + 16];

	snprintf(path, sizeof path, "%s/state.json", id);
	if (number == EBADMSG)
		fprintf(stderr, "box: warning: cannot read %s/%s, and keeps it; repair it, or run box rm --force %s to remove the container\n",
			root, path, id);
	else if (number == EPERM && faccessat(store, path, F_OK, 0) == 0)
		fprintf(stderr, "box: warning: %s/%s has no marker (" MARKER "): box did not create it, and does not change it; "
			"rm -r removes it\n", root, id);
}

int store_list(struct state **all, bool name_others, struct error *e)
{
	struct dirent **entries = NULL;
	char root[PATH_MAX];
	CLOSED int store = store_open(root, e);
	int there, count = 0;

	if (store == -1)
		return -1;
	store_sweep(store, root, 0);
	there = scandir(root, &entries, may_be_ours, alphasort);
	*all = calloc(there + 1, sizeof **all);
	for (int i = 0; i < there; free(entries[i++])) {
		const char *id = entries[i]->d_name;

		if (!*all || *id == '.')
			continue;
		if (read_one(store, id, &(*all)[count]) == 0)
			strcpy((*all)[count++].root, root);
		else if (name_others)
			name_kept(store, root, id, errno);
	}
	free(entries);
	return there >= 0 && *all ? count : fail_call(e, "list the containers", "scandir(\"%s\")", root);
}

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
