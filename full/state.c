/*
 * state.c - what box remembers of a container: the directory ROOT/ID.
 *
 *   state.json    the OCI runtime-spec's state, and what exec and inspect need of the spec under "box"
 *   log           what a detached container said
 *   upper, work   the overlay's
 *   spare         ROOT/ID for the next container, with the same two
 *   old           what the one before has left: it wrote nothing, or that is gone
 *
 * A disk takes longer to make and remove directories than the kernel all else here. So both is done while a command runs,
 * and nobody waits. When it is over, its spare directory becomes ROOT/.next, for the next container, and what is left of
 * its own becomes old in there. No two containers have a directory in common: an overlay lives as long as anybody looks
 * into it, and who waits for a lock is not to get another's.
 *
 * The process that waits for a container holds a lock on its directory (flock(2)), which the kernel lets go
 * when that process dies, however it dies. So who gets the lock knows that nobody looks after the container.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "box.h"
#include "bricks.h"

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

int state_root(char root[PATH_MAX], struct error *e)
{
	const char *chosen = getenv("BOX_ROOT"), *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
	struct stat it;

	if (chosen)
		snprintf(root, PATH_MAX, "%s", chosen);
	else if (geteuid() == 0)
		strcpy(root, "/var/lib/box");
	else
		snprintf(root, PATH_MAX, "%s%s/box", data ? data : home ? home : "", data ? "" : "/.local/share");
	if (*root != '/' || strpbrk(root, ",:\\\"") || strlen(root) > PATH_MAX - NAME_MAX)
		return fail(e, "BOX_ROOT %s: it is an absolute path, without , : \\ and \" (mount(8) could not tell them)", root);
	return stat(root, &it) == 0 && S_ISDIR(it.st_mode) ? 0 : make_parents(root, e);
}

/* Who had the lock may have removed the directory, or given it away: then the name leads elsewhere. */
int lock_directory(int at, const char *name, int how)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat it, there;

	if (fd >= 0 && flock(fd, LOCK_EX | how) == 0 && fstat(fd, &it) == 0) {
		if (fstatat(at, name, &there, AT_SYMLINK_NOFOLLOW) == 0 && there.st_ino == it.st_ino)
			return fd;
		errno = ENOENT;
	}
	close_it(&fd);
	return -1;
}

/* rename(2), if TO is not there. */
static int rename_new(int from_at, const char *from, int to_at, const char *to)
{
	return syscall(SYS_renameat2, from_at, from, to_at, to, RENAME_NOREPLACE);
}

/* Another box may sweep the directory away before we have locked it. */
static int make_locked(struct error *e, int root, const char *id)
{
	static const char why[] = "have a place for what we know of it";
	struct stat it;
	int fd;

	do {
		if ((fstatat(root, ".next", &it, AT_SYMLINK_NOFOLLOW) == -1 || it.st_uid != geteuid() ||
		     MAY(why, rename_new(root, ".next", root, id), "renameat2(%d, \".next\", %d, \"%s\", RENAME_NOREPLACE)", root, root, id) == -1) &&
		    SHOW(e, why, mkdirat(root, id, 0711), "mkdirat(%d, \"%s\", 0711)", root, id) == -1)
			return -1;
		fd = lock_directory(root, id, 0);
	} while (fd == -1 && errno == ENOENT);
	return fd != -1 ? fd : fail_call(e, why, "flock(<%s>)", id);
}

void state_prepare_next(struct container *c)
{
	remove_tree(c->directory, "old");
	c->spare = mkdirat(c->directory, "spare", 0711) == 0 && mkdirat(c->directory, "spare/upper", 0755) == 0 &&
		   mkdirat(c->directory, "spare/work", 0700) == 0;
}

int state_lock(const struct state *s)
{
	char path[PATH_MAX + NAME_MAX + 2];

	snprintf(path, sizeof path, "%s/%s", s->root, s->id);
	return lock_directory(AT_FDCWD, path, 0);
}

int state_make(struct container *c)
{
	CLOSED int root = SHOW(&c->error, "look into box's directory", open(c->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open(\"%s\")", c->root);

	c->directory = root == -1 ? -1 : make_locked(&c->error, root, c->id);
	if (c->directory == -1 && c->error.number == EEXIST)
		return fail(&c->error, "the name %s is taken: box rm %s frees it, or choose another with --name", c->id, c->id);
	return c->directory;
}

/* ---- state.json ---------------------------------------------------------------------------------- */

static json_t *words_json(char **words)
{
	json_t *list = json_array();

	for (; words && *words; words++)
		json_array_append_new(list, json_stringn_nocheck(*words, strlen(*words)));
	return list;
}

static json_t *ports_json(const struct port *p)
{
	json_t *list = json_array();

	for (; p && p->container; p++)
		json_array_append_new(list, json_sprintf("%d:%d%s", p->host, p->container, p->udp ? "/udp" : ""));
	return list;
}

/* What box exec needs to do to a command what box run did, and what a reader may want to see. */
static json_t *spec_json(const struct container *c)
{
	const struct spec *s = c->spec;
	char address[INET_ADDRSTRLEN] = "", capabilities[20];

	if (c->address.s_addr)
		inet_ntop(AF_INET, &c->address, address, sizeof address);
	snprintf(capabilities, sizeof capabilities, "%016llx", (unsigned long long)s->capabilities);
	return json_pack("{s:s, s:o, s:o, s:s?, s:s?, s:b, s:s, s:s?, s:s, s:o, s:s, s:I, s:I, s:I, s:I, s:b, s:b, s:I}",
			 "rootfs", s->rootfs, "command", words_json(s->command),
			 "environment", words_json(s->environment), "workdir", s->workdir, "user", s->user,
			 "privileged", s->privileged, "capabilities", capabilities, "seccomp", s->seccomp,
			 "address", address, "ports", ports_json(s->ports), "cgroup", c->cgroup, "memory", (json_int_t)s->memory,
			 "cpus", (json_int_t)s->cpus, "pids", (json_int_t)s->pids,
			 "born", (json_int_t)c->born, "userns", s->userns, "detach", s->detach, "without", (json_int_t)s->without);
}

/* Whole or not at all: rename(2) puts the new one in the old one's place. */
static int replace_json(int directory, const json_t *json, struct error *e)
{
	char *text FREED = json_dumps(json, JSON_INDENT(2));
	CLOSED int fd = openat(directory, "state.json.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	size_t length = text ? strlen(text) : 0;

	if (!text)
		return fail(e, "a word, a variable or a path has bytes that are no UTF-8, and state.json could not hold them: leave them out");
	if (fd < 0 || write(fd, text, length) != (ssize_t)length ||
	    renameat(directory, "state.json.new", directory, "state.json") == -1)
		return fail_call(e, "write down what we know of it", "write(\"state.json\")");
	return 0;
}

/* When did the process begin? The 22nd word of its stat, behind a name that may have blanks: proc(5). */
static unsigned long long birth(pid_t pid)
{
	char path[32], text[1024], *word;
	unsigned long long born = 0;

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	if (get(AT_FDCWD, path, text, sizeof text) > 0 && (word = strrchr(text, ')')))
		sscanf(word, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &born);
	return born;
}

int state_write(struct container *c)
{
	json_t *json;
	int result;

	c->born = birth(c->pid);
	json = json_pack("{s:s, s:s, s:s, s:i, s:s, s:I, s:o}", "ociVersion", "1.0.2", "id", c->id, "status", "running",
			 "pid", c->pid, "bundle", c->spec->rootfs, "created", (json_int_t)time(NULL),
			 "box", spec_json(c));
	result = replace_json(c->directory, json, &c->error);
	json_decref(json);
	return result;
}

static int read_json(int directory, struct state *s)
{
	FILE *file READ = fdopen(openat(directory, "state.json", O_RDONLY | O_CLOEXEC), "r"); /* json_loadfd reads byte by byte */
	const char *id = "";
	json_int_t created = 0, born = 0;

	s->pidfd = -1;
	s->json = json_loadf(file, 0, NULL);
	if (!s->json || json_unpack(s->json, "{s:s, s:i, s:I, s?i, s:{s:I}}", "id", &id, "pid", &s->pid, "created", &created,
				    "exit", &s->status, "box", "born", &born) == -1)
		return -1;
	s->born = born;
	/* Its PID may be another's by now. Once we have the descriptor, no more. */
	if (s->pid > 0 && (s->pidfd = syscall(SYS_pidfd_open, s->pid, 0)) >= 0 && birth(s->pid) != s->born)
		close_it(&s->pidfd);
	snprintf(s->id, sizeof s->id, "%s", id);
	s->created = created;
	return 0;
}

int state_end(struct container *c, int status)
{
	struct state s = { .pidfd = -1 };
	int result = -1;

	if (read_json(c->directory, &s) == 0) {
		json_object_update_new(s.json, json_pack("{s:s, s:i, s:i, s:I}", "status", "stopped", "pid", 0, "exit", status,
							 "ended", (json_int_t)time(NULL)));
		result = replace_json(c->directory, s.json, &c->error);
	}
	state_free(&s);
	return result;
}

void state_free(struct state *s)
{
	json_decref(s->json);
	close_it(&s->pidfd);
	s->json = NULL;
}

/* The full ID that begins with WORD, if only one does. */
static int find_id(const char *root, const char *word, char id[NAME_MAX + 1], struct error *e)
{
	DIR *all LISTED = opendir(root);
	struct dirent *entry;
	int found = 0;

	while (all && (entry = readdir(all))) {
		if (*entry->d_name == '.' || strncmp(entry->d_name, word, strlen(word)) != 0)
			continue;
		strcpy(id, entry->d_name);
		if (strcmp(id, word) == 0) {
			found = 1;
			break;
		}
		found++;
	}
	if (!*word || found == 0)
		return fail(e, "there is no container %s: box ps lists them", word);
	return found == 1 ? 0 : fail(e, "%s is the beginning of %d containers: box ps lists them", word, found);
}

static int read_state(const char *root, const char *word, struct state *s, struct error *e)
{
	char path[PATH_MAX + NAME_MAX + 2];
	CLOSED int directory = -1;

	*s = (struct state){ .pidfd = -1 };
	snprintf(s->root, sizeof s->root, "%s", root);
	if (find_id(root, word, s->id, e) == -1)
		return -1;
	snprintf(path, sizeof path, "%s/%s", root, s->id);
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory == -1 || read_json(directory, s) == -1)
		return fail(e, "there is no container %s any more, or not yet: box ps lists them", word);
	return 0;
}

int state_list(struct state **all, struct error *e)
{
	struct dirent **entries = NULL;
	char root[PATH_MAX];
	struct error gone;
	int there, count = 0;

	if (state_root(root, e) == -1)
		return -1;
	sweep(root, 0);
	there = scandir(root, &entries, NULL, alphasort);
	*all = calloc(there + 1, sizeof **all);
	for (int i = 0; i < there; free(entries[i++]))
		if (*all && *entries[i]->d_name != '.' && read_state(root, entries[i]->d_name, &(*all)[count], &gone) == 0)
			count++;
	free(entries);
	return there >= 0 && *all ? count : fail_call(e, "list the containers", "scandir(\"%s\")", root);
}

int state_find(const char *id, struct state *s, struct error *e)
{
	char root[PATH_MAX];

	if (state_root(root, e) == -1)
		return -1;
	sweep(root, 0);
	return read_state(root, id, s, e);
}

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

const char *state_spec(const struct state *s, struct spec *spec)
{
	const json_t *box = json_object_get(s->json, "box"), *list = json_object_get(box, "environment");
	const char *cgroup = text_of(box, "cgroup"), *capabilities = text_of(box, "capabilities");
	char **pairs = spec->environment;

	spec->environment = NULL;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *pair = json_string_value(json_array_get(list, i));

		spec->environment = pair ? put_variable(spec->environment, pair) : spec->environment;
	}
	for (; pairs && *pairs; pairs++)
		spec->environment = put_variable(spec->environment, *pairs);
	spec->workdir = spec->workdir ? spec->workdir : text_of(box, "workdir");
	spec->user = spec->user ? spec->user : text_of(box, "user");
	spec->seccomp = text_of(box, "seccomp");
	spec->capabilities = capabilities ? strtoull(capabilities, NULL, 16) : 0;
	spec->privileged = json_is_true(json_object_get(box, "privileged"));
	spec->userns = json_is_true(json_object_get(box, "userns"));
	spec->without = json_integer_value(json_object_get(box, "without"));
	return cgroup ? cgroup : "";
}

/* ---- The end ------------------------------------------------------------------------------------- */

/* An overlay's work directory has no permissions at all: only root could look into it as it is. What somebody has mounted
 * there is not ours to remove. */
static int open_to_remove(int at, const char *name)
{
	const struct open_how how = { .flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV };
	int fd = syscall(SYS_openat2, at, name, &how, sizeof how);

	if (fd == -1 && errno == EACCES && fchmodat(at, name, 0700, 0) == 0)
		fd = syscall(SYS_openat2, at, name, &how, sizeof how);
	return fd;
}

int remove_tree(int at, const char *name)
{
	DIR *all LISTED = NULL;
	struct dirent *entry;
	int fd;

	if (unlinkat(at, name, AT_REMOVEDIR) == 0)
		return 0;
	if (errno == ENOTDIR)
		return unlinkat(at, name, 0);
	if ((fd = open_to_remove(at, name)) == -1)
		return -1;
	all = fdopendir(fd);
	while (all && (entry = readdir(all)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    (entry->d_type == DT_DIR || unlinkat(fd, entry->d_name, 0) == -1))
			remove_tree(fd, entry->d_name);
	return unlinkat(at, name, AT_REMOVEDIR);
}

/* What it wrote goes now; the directories, when the next one runs. */
static int put_aside(const struct container *c, int root)
{
	static const char *const gone[] = { "state.json", "state.json.new", "log", "slirp.log", "slirp" };
	CLOSED int upper = openat(c->directory, "upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char two[48];		/* "." and ".." take these: getdents64(2) */

	if (!c->spare || ((syscall(SYS_getdents64, upper, two, sizeof two) != sizeof two || syscall(SYS_getdents64, upper, two, sizeof two) != 0) &&
			  remove_tree(c->directory, "upper") == -1))
		return -1;
	for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
		unlinkat(c->directory, gone[i], 0);
	return rename_new(c->directory, "spare", root, ".next") == -1 ? -1 : rename_new(root, c->id, root, ".next/old");
}

static int forget(struct container *c)
{
	CLOSED int root = open(c->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return root == -1 ? -1 : MAY("leave its directories to the next one", put_aside(c, root), "rename(\"%s\", \".next/old\")", c->id) == 0 ? 0 :
	       MAY("forget it", remove_tree(root, c->id), "rm -r \"%s/%s\"", c->root, c->id);
}

/* Without root, what the container's other users wrote is not ours to remove: it is their root's. */
void state_remove(struct container *c)
{
	if (forget(c) == -1 && errno != ENOENT && (!c->rootless || user_run(c, forget) == -1))
		fprintf(stderr, "box: warning: %s/%s could not be removed: %s\n", c->root, c->id, strerror(errno));
	close_it(&c->directory);
}

/* Its box is dead. Its processes are, too, unless PID 1 took the parent's death signal back. */
static void bury(const char *root, const char *id, int directory)
{
	struct container c = container_of(NULL);
	struct state s = { .pidfd = -1 };

	c.directory = directory;
	snprintf(c.id, sizeof c.id, "%s", id);
	snprintf(c.root, sizeof c.root, "%s", root);
	if (read_json(directory, &s) == 0 && s.pidfd >= 0)
		syscall(SYS_pidfd_send_signal, s.pidfd, SIGKILL, NULL, 0);
	if (s.json && s.pid == 0) {	/* it has ended, and is on record */
		state_free(&s);
		close_it(&c.directory);
		return;
	}
	state_free(&s);
	take_down(&c);
	state_remove(&c);
}

void sweep(const char *root, unsigned most)
{
	DIR *all LISTED = opendir(root);
	struct dirent *entry;

	for (unsigned seen = 0; all && (!most || seen < most) && (entry = readdir(all)); seen++) {
		int fd = *entry->d_name == '.' ? -1 : lock_directory(dirfd(all), entry->d_name, LOCK_NB);

		if (fd >= 0)
			bury(root, entry->d_name, fd);
	}
	if (!most)
		veth_undo(&(struct container){ 0 });	/* what stands in the register of containers that are no more */
}
