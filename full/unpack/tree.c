/*
 * tree.c - puts the members of layers into the root file system.
 *
 * Our root directory is that file system, so no name and no link leads out of it. Within it, a layer may write below a symbolic
 * link of a lower layer, as in "var/run" -> "/run", which real images do. But no builder of images makes a link and then writes
 * below it in the same layer.
 *
 * A whiteout hides what lower layers have, and nothing of its own layer, whichever comes first. So we remember the names that
 * the current layer has created.
 *
 *   see      box run --write-through ROOTFS rm /etc/os-release; full/README.md on whiteouts
 *   read     OCI image-spec: layer.md; openat2(2); path_resolution(7)
 */
#define _GNU_SOURCE
#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/files.h"
#include "unpack/unpack.h"

#define WHITEOUT ".wh."
#define OPAQUE ".wh..wh..opq"

/* A path, split into the directory and the last name. The root itself is ".", in "". */
struct place { char path[PATH_MAX]; const char *directory, *name; };

static void lose(struct tree *t, enum lost kind, const struct place *p)
{
	struct loss *l = &t->report->lost[kind];

	if (l->count++ == 0)
		snprintf(l->first, sizeof l->first, "%s%s%s", p->directory, *p->directory ? "/" : "", p->name);
}

/* ---- Names ---------------------------------------------------------------------------------------- */

/* Names begin at the root, with or without a slash. */
static int split(const char *name, struct place *p, struct error *e)
{
	char *end = p->path, *slash;

	p->directory = p->name = "";
	if (strlen(name) >= sizeof p->path)
		return fail(e, "its name is longer than %d bytes", PATH_MAX - 1);
	for (size_t length; *name; name += length) {
		name += strspn(name, "/");
		length = strcspn(name, "/");
		if (length == 2 && strncmp(name, "..", 2) == 0)
			return fail(e, "\"..\" is not allowed in \"%s\"", name);
		if (length == 0 || (length == 1 && *name == '.'))
			continue;
		if (end != p->path)
			*end++ = '/';
		end = mempcpy(end, name, length);
	}
	*end = '\0';
	p->name = *p->path ? p->path : ".";
	slash = strrchr(p->path, '/');
	if (slash) {
		*slash = '\0';
		p->directory = p->path;
		p->name = slash + 1;
	}
	return 0;
}

/* FNV-1a: of a name in a directory. */
static uint64_t hash(uint64_t inode, const char *name)
{
	uint64_t sum = (UINT64_C(0xcbf29ce484222325) ^ inode) * UINT64_C(0x100000001b3);

	for (; *name; name++)
		sum = (sum ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return sum ? sum : 1;
}

static uint64_t *slot_of(const struct tree *t, uint64_t key)
{
	size_t i = key * UINT64_C(0x9e3779b97f4a7c15) >> 20 & (t->slots - 1);

	while (t->own[i] && t->own[i] != key)
		i = (i + 1) & (t->slots - 1);
	return &t->own[i];
}

static bool is_own(const struct tree *t, uint64_t inode, const char *name)
{
	return t->count && *slot_of(t, hash(inode, name));
}

static int make_own(struct tree *t, uint64_t inode, const char *name, struct error *e)
{
	const uint64_t key = hash(inode, name);

	if (t->count * 2 >= t->slots) {
		struct tree larger = *t;

		larger.slots = t->slots ? t->slots * 2 : 1024;
		if (!(larger.own = calloc(larger.slots, sizeof *larger.own)))
			return fail_call(e, "remember the layer's names", "calloc()");
		for (size_t i = 0; i < t->slots; i++)
			if (t->own[i])
				*slot_of(&larger, t->own[i]) = t->own[i];
		free(t->own);
		*t = larger;
	}
	t->count += !*slot_of(t, key);
	*slot_of(t, key) = key;
	return 0;
}

/* ---- Directories ---------------------------------------------------------------------------------- */

static int open_below_root(const char *path, unsigned long long resolve)
{
	const struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
				      .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV | resolve };
	CLOSED int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return syscall(SYS_openat2, root, *path ? path : ".", &how, sizeof how);
}

/* Create the directory NAME at AT, if it is missing, and keep AT's times. A layer doesn't have to list every directory. */
static int make_missing(struct tree *t, int at, const char *name, const char *path, struct error *e)
{
	struct stat it, there;

	if (fstat(at, &it) == -1)
		return fail_call(e, "read a directory", "fstat()");
	if (fstatat(at, name, &there, AT_SYMLINK_NOFOLLOW) == 0)
		return !S_ISLNK(there.st_mode) || !is_own(t, it.st_ino, name) ? 0 :
		       fail(e, "it is below \"%s\", a symbolic link of the same layer", path);
	if (mkdirat(at, name, 0755) == -1)
		return fail_call(e, "create the directory above it", "mkdir(\"%s\")", path);
	if (futimens(at, (const struct timespec[]){ it.st_atim, it.st_mtim }) == -1)
		return fail_call(e, "keep a directory's time", "futimens()");
	return make_own(t, it.st_ino, name, e);
}

/* Look at each directory of the path, from the root on. */
static int walk(struct tree *t, const char *path, struct error *e)
{
	char whole[PATH_MAX];
	CLOSED int at = open_below_root("", 0);

	strcpy(whole, path);
	for (char *name = whole; at >= 0 && name; ) {
		char *slash = strchr(name, '/');

		if (slash)
			*slash = '\0';
		if (make_missing(t, at, name, whole, e) == -1)
			return -1;
		close(at);
		at = open_below_root(whole, 0);
		if (slash)
			*slash = '/';
		name = slash ? slash + 1 : NULL;
	}
	return at == -1 ? fail_call(e, "open the directory above it", "openat2(\"%s\")", path) : 0;
}

static int open_directory(struct tree *t, const char *path, struct error *e)
{
	int fd = open_below_root(path, RESOLVE_NO_SYMLINKS);

	if (fd >= 0 || walk(t, path, e) == -1)
		return fd;
	fd = open_below_root(path, 0);
	return fd >= 0 ? fd : fail_call(e, "open the directory above it", "openat2(\"%s\")", path);
}

static void leave(struct tree *t)
{
	if (t->at >= 0)
		futimens(t->at, t->times);
	close_it(&t->at);
}

/* Make PATH the current directory of the tree. Most members are in the same one as the member before. */
static int enter(struct tree *t, const char *path, struct error *e)
{
	struct stat it;

	if (t->at >= 0 && strcmp(t->path, path) == 0)
		return 0;
	leave(t);
	t->at = open_directory(t, path, e);
	if (t->at == -1)
		return -1;
	if (fstat(t->at, &it) == -1)
		return fail_call(e, "read a directory", "fstat()");
	strcpy(t->path, path);
	t->inode = it.st_ino;
	t->times[0] = it.st_atim;
	t->times[1] = it.st_mtim;
	return 0;
}

void tree_finish_layer(struct tree *t)
{
	leave(t);
	if (t->slots)
		memset(t->own, 0, t->slots * sizeof *t->own);
	t->count = 0;
}

/* ---- Whiteouts ------------------------------------------------------------------------------------ */

static int hide_all(struct tree *t, int directory, struct error *e);

/* Remove what lower layers have as NAME at AT. A directory stays if something in it belongs to the current layer. */
static int hide(struct tree *t, int at, uint64_t inode, const char *name, struct error *e)
{
	CLOSED int below = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (below == -1 && errno == ENOENT)
		return 0;
	if (below >= 0 && hide_all(t, below, e) == -1)
		return -1;
	if (is_own(t, inode, name) || unlinkat(at, name, below >= 0 ? AT_REMOVEDIR : 0) == 0 || errno == ENOTEMPTY)
		return 0;
	return fail_call(e, "remove what a whiteout hides", "unlinkat(\"%s\")", name);
}

static int hide_all(struct tree *t, int directory, struct error *e)
{
	DIR *all LISTED = fdopendir(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *entry;
	struct stat it;

	if (!all || fstat(directory, &it) == -1)
		return fail_call(e, "list what a whiteout hides", "fdopendir()");
	while ((entry = next_entry(all)))
		if (hide(t, directory, it.st_ino, entry->d_name, e) == -1)
			return -1;
	return errno ? fail_call(e, "list what a whiteout hides", "readdir()") : 0;
}

static int put_whiteout(struct tree *t, const struct place *p, struct error *e)
{
	const char *name = p->name + strlen(WHITEOUT);

	if (strcmp(p->name, OPAQUE) == 0)
		return hide_all(t, t->at, e);
	if (strncmp(name, WHITEOUT, strlen(WHITEOUT)) == 0)
		return 0;	/* notes of aufs, an older file system for layers */
	if (!*name || is_dots(name))
		return fail(e, "it would hide \"%s\"", name);
	return hide(t, t->at, t->inode, name, e);
}

/* ---- Members -------------------------------------------------------------------------------------- */

/* Each creates NAME at t->at. It returns 0, or -1 with errno: EEXIST if there is one already. */
struct job { struct tree *t; struct archive *data; struct archive_entry *entry; const struct place *place; };

static int write_all(int fd, const char *data, size_t size, la_int64_t offset)
{
	ssize_t written;

	for (; size; data += written, size -= written, offset += written)
		if ((written = pwrite(fd, data, size, offset)) == -1)
			return -1;
	return 0;
}

static int make_file(const struct job *j)
{
	CLOSED int fd = openat(j->t->at, j->place->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	const void *piece;
	la_int64_t offset;
	size_t size;
	int result;

	if (fd == -1)
		return -1;
	while ((result = archive_read_data_block(j->data, &piece, &size, &offset)) == ARCHIVE_OK)
		if (write_all(fd, piece, size, offset) == -1)
			return -1;
	errno = EILSEQ;		/* the archive has the reason */
	return result == ARCHIVE_EOF ? ftruncate(fd, archive_entry_size(j->entry)) : -1;
}

static int make_directory(const struct job *j)
{
	struct stat it;

	if (mkdirat(j->t->at, j->place->name, 0700) == 0)
		return 0;
	if (errno != EEXIST || fstatat(j->t->at, j->place->name, &it, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	errno = EEXIST;
	return S_ISDIR(it.st_mode) ? 0 : -1;
}

static int make_link(const struct job *j)
{
	const char *target = archive_entry_symlink(j->entry);

	return symlinkat(target ? target : "", j->t->at, j->place->name);
}

static int make_node(const struct job *j)
{
	return mknodat(j->t->at, j->place->name, archive_entry_filetype(j->entry) | 0600,
		       makedev(archive_entry_rdevmajor(j->entry), archive_entry_rdevminor(j->entry)));
}

static const struct kind { unsigned type; int (*make)(const struct job *); const char *call; } kinds[] = {
	{ AE_IFREG, make_file, "open() or write()" }, { AE_IFDIR, make_directory, "mkdir()" }, { AE_IFLNK, make_link, "symlink()" },
	{ AE_IFIFO, make_node, "mknod()" }, { AE_IFCHR, make_node, "mknod()" }, { AE_IFBLK, make_node, "mknod()" }, { 0, NULL, NULL }
};

/* Create the member, instead of what is there. */
static int make(const struct kind *k, const struct job *j)
{
	int result = k->make(j);

	if (result == -1 && errno == EEXIST)
		result = remove_tree(j->t->at, j->place->name) == -1 ? -1 : k->make(j);
	return result;
}

/* The kernel checks that we may link to the file, but not whose it is: all files here are the image's. */
static int put_hard_link(struct tree *t, const char *to, const struct place *p, struct error *e)
{
	struct place target;
	CLOSED int at = split(to, &target, e) == -1 ? -1 : open_directory(t, target.directory, e);
	struct stat it, there;

	if (at == -1)
		return *e->text ? wrap(e, "hard link to \"%s\"", to) : -1;
	if (fstatat(at, target.name, &it, AT_SYMLINK_NOFOLLOW) == -1)
		return fail_call(e, "find what it is a hard link to", "stat(\"%s\")", to);
	if (fstatat(t->at, p->name, &there, AT_SYMLINK_NOFOLLOW) == 0) {
		if (there.st_ino == it.st_ino)
			return make_own(t, t->inode, p->name, e);
		if (remove_tree(t->at, p->name) == -1)
			return fail_call(e, "replace it", "unlinkat(\"%s\")", p->name);
	}
	if (linkat(at, target.name, t->at, p->name, 0) == -1)
		return fail_call(e, "create the hard link", "linkat(\"%s\")", to);
	return make_own(t, t->inode, p->name, e);
}

/* ---- What a member is besides its contents --------------------------------------------------------- */

/* Returns whether both IDs are as the image has them. A user namespace may lack them. */
static bool set_owner(const struct job *j)
{
	const la_int64_t user = archive_entry_uid(j->entry), group = archive_entry_gid(j->entry);
	const int at = j->t->at;
	const char *name = j->place->name;

	if (user >= 0 && user < UINT32_MAX && group >= 0 && group < UINT32_MAX &&
	    fchownat(at, name, user, group, AT_SYMLINK_NOFOLLOW) == 0)
		return true;
	if (user >= 0 && user < UINT32_MAX)
		fchownat(at, name, user, -1, AT_SYMLINK_NOFOLLOW);
	if (group >= 0 && group < UINT32_MAX)
		fchownat(at, name, -1, group, AT_SYMLINK_NOFOLLOW);
	return false;
}

/* The others belong to the host: trusted.overlay.* would change what an overlay shows, and security.* has its labels. */
static bool is_portable(const char *name)
{
	return strncmp(name, "user.", 5) == 0 || strcmp(name, "security.capability") == 0;
}

/* There is no call with a directory's descriptor in the kernels that box supports. */
static void set_attributes(const struct job *j)
{
	const char *name;
	const void *value;
	size_t size;
	bool all = true;

	if (archive_entry_xattr_reset(j->entry) == 0 || fchdir(j->t->at) == -1)
		return;
	while (archive_entry_xattr_next(j->entry, &name, &value, &size) == ARCHIVE_OK)
		all &= is_portable(name) && lsetxattr(j->place->name, name, value, size, 0) == 0;
	if (!all)
		lose(j->t, LOST_ATTRIBUTES, j->place);
}

/* A new owner takes away set-user-ID bits and capabilities, so the owner comes first. A file that we could not give to its owner
 * is root's, and must not run as root for everybody. */
static int finish(const struct job *j, struct error *e)
{
	const struct timespec time = { archive_entry_mtime(j->entry), archive_entry_mtime_nsec(j->entry) };
	mode_t mode = archive_entry_mode(j->entry) & 07777;

	if (!set_owner(j)) {
		lose(j->t, LOST_OWNERS, j->place);
		mode &= S_ISDIR(archive_entry_mode(j->entry)) ? 07777 : 01777;
	}
	if (archive_entry_filetype(j->entry) != AE_IFLNK && fchmodat(j->t->at, j->place->name, mode, 0) == -1)
		return fail_call(e, "set its mode", "fchmodat(0%o)", mode);
	set_attributes(j);
	if (utimensat(j->t->at, j->place->name, (const struct timespec[]){ time, time }, AT_SYMLINK_NOFOLLOW) == -1)
		return fail_call(e, "set its time", "utimensat()");
	if (strcmp(j->place->name, ".") == 0)	/* the root itself, whose times leave() restores */
		j->t->times[0] = j->t->times[1] = time;
	return make_own(j->t, j->t->inode, j->place->name, e);
}

int tree_put(struct tree *t, struct archive *data, struct archive_entry *entry, struct error *e)
{
	const char *link = archive_entry_hardlink(entry);
	const struct kind *kind = kinds;
	struct place p;
	const struct job j = { t, data, entry, &p };

	if (split(archive_entry_pathname(entry), &p, e) == -1 || enter(t, p.directory, e) == -1)
		return -1;
	if (strncmp(p.name, WHITEOUT, strlen(WHITEOUT)) == 0)
		return put_whiteout(t, &p, e);
	if (strcmp(p.name, ".") == 0 && (link || archive_entry_filetype(entry) != AE_IFDIR))
		return fail(e, "the root can only be a directory");
	if (link)
		return put_hard_link(t, link, &p, e);
	while (kind->make && kind->type != archive_entry_filetype(entry))
		kind++;
	if (!kind->make)
		return fail(e, "it is neither a file, a directory, a link, a FIFO nor a device");
	if (make(kind, &j) == 0)
		return finish(&j, e);
	if (errno == EPERM && kind->make == make_node) {
		lose(t, LOST_DEVICES, &p);
		return 0;
	}
	if (errno == EILSEQ && archive_error_string(data))
		return fail(e, "%s", archive_error_string(data));
	return fail_call(e, "create it", "%s", kind->call);
}
