/*
 * main.c - box-unpack: unpacks an image into a bundle. box unpack executes it.
 *
 * This is the outside: it starts the inside, which reads the image, and waits for it. Until the bundle is complete, it has a
 * temporary name. Whatever happens to the inside, the outside removes what it has created.
 *
 *   see      skopeo copy docker://busybox oci:images:busybox; box unpack images:busybox bundle; box run bundle/rootfs
 *   read     OCI image-spec: image-layout.md; runtime-spec: bundle.md
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <locale.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/files.h"
#include "base/parse.h"
#include "base/text.h"
#include "base/wait.h"
#include "bricks/user.h"
#include "unpack/unpack.h"

/* Of the temporary name of a bundle: .NAME.box-unpack */
#define SUFFIX ".box-unpack"
#define USAGE "usage: box unpack [--max-size SIZE] [--max-entries N] IMAGE[:TAG] BUNDLE"

/* ---- Inside --------------------------------------------------------------------------------------- */

static int unpack_image(struct unpack *u, struct error *e)
{
	static struct image image;

	if (confine(u, e) == -1 || confine_calls(e) == -1 || image_find(u, &image, e) == -1 || layers_apply(u, &image, e) == -1)
		return -1;
	return config_write(u, image.config, e);
}

/* user_start() passes our first member. */
static int inside(struct container *c)
{
	struct unpack *u = (struct unpack *)c;

	return unpack_image(u, &u->report->error);
}

static int remove_inside(struct container *c)
{
	struct unpack *u = (struct unpack *)c;

	return remove_tree(u->parent, u->temporary);
}

/* ---- The image and the bundle ---------------------------------------------------------------------- */

/* box run names an image oci:DIR or docker-archive:FILE. Returns what follows the kind, or NULL. */
static char *after_kind(char *word)
{
	static const char *const kinds[] = { "oci:", "docker-archive:" };

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strncmp(word, kinds[i], strlen(kinds[i])) == 0)
			return word + strlen(kinds[i]);
	return NULL;
}

/* Both the path and the tag may contain colons. The tag begins behind the first path that exists. */
static int open_image(struct unpack *u, char *word, struct error *e)
{
	const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	struct stat it;
	char *colon = word;

	u->image = word;
	u->tag = NULL;
	u->source = open(word, flags);
	while (u->source == -1 && errno == ENOENT && (colon = strchr(colon, ':'))) {
		*colon = '\0';
		u->source = open(word, flags);
		u->tag = colon + 1;
		if (u->source == -1)
			*colon++ = ':';
	}
	if (u->source == -1 && errno == ENOENT && after_kind(word))
		return open_image(u, after_kind(word), e);
	if (u->source == -1 || fstat(u->source, &it) == -1) {
		fail_call(e, "open the image", "open(\"%s\")", word);
		return remedy(e, ENOENT, "box downloads no images: skopeo copy docker://NAME oci:DIR:TAG");
	}
	if (!S_ISDIR(it.st_mode) && !S_ISREG(it.st_mode))
		return fail(e, "%s is neither a directory nor a file; an image is an OCI layout, a tar of one, or one of docker save",
			    word);
	u->is_tar = S_ISREG(it.st_mode);
	return realpath(word, u->path) ? 0 : fail_call(e, "find the image", "realpath(\"%s\")", word);
}

static bool is_empty(const char *path)
{
	DIR *all LISTED = opendir(path);

	return all && !next_entry(all);
}

/* Open the directory above the bundle. An empty directory in the bundle's place is replaced. */
static int find_place(struct unpack *u, const char *word, struct error *e)
{
	char *real FREED = realpath(word, NULL), path[PATH_MAX], *slash, *name;
	size_t length;

	if (real && !is_empty(real))
		return fail(e, "%s exists, and is not an empty directory; choose another BUNDLE, or remove it", word);
	length = snprintf(path, sizeof path, "%s", real ? real : word);
	while (length > 1 && length < sizeof path && path[length - 1] == '/')
		path[--length] = '\0';
	slash = strrchr(path, '/');
	name = slash ? slash + 1 : path;
	if (length >= sizeof path || strlen(name) > NAME_MAX - 16 || !*name || is_dots(name))
		return fail(e, "BUNDLE \"%s\": not a name for a new directory", word);
	strcpy(u->name, name);
	snprintf(u->temporary, sizeof u->temporary, ".%.*s" SUFFIX, NAME_MAX - 16, name);
	if (slash == path)
		strcpy(path, "/");
	else if (slash)
		*slash = '\0';
	u->parent = open(slash ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return u->parent >= 0 ? 0 : fail_call(e, "open the directory above BUNDLE", "open(\"%s\")", slash ? path : ".");
}

/* An ordinary user can remove what belongs to subordinate IDs only in the namespace that has them. */
static int remove_temporary(struct unpack *u)
{
	return u->container.rootless ? user_run(&u->container, remove_inside) : remove_tree(u->parent, u->temporary);
}

/* Create the directory under its temporary name, and lock it. What a killed box-unpack has left there has no lock. */
static int make_temporary(struct unpack *u, struct error *e)
{
	struct stat it;

	while (mkdirat(u->parent, u->temporary, 0700) == -1) {
		CLOSED int old = errno == EEXIST ? lock_directory(u->parent, u->temporary, LOCK_NB) : -1;

		if (old == -1 && errno == EWOULDBLOCK)
			return fail(e, "another box unpack is creating %s; wait for it, or choose another BUNDLE", u->name);
		if (old == -1 || fstat(old, &it) == -1 || it.st_uid != geteuid() || remove_temporary(u) == -1)
			return fail_call(e, "create the bundle under a temporary name", "mkdir(\"%s\")", u->temporary);
	}
	u->bundle = lock_directory(u->parent, u->temporary, LOCK_NB);
	if (u->bundle == -1 || mkdirat(u->bundle, "rootfs", 0755) == -1)
		return fail_call(e, "create the bundle", "mkdir(\"%s/rootfs\")", u->temporary);
	u->config = openat(u->bundle, "config.json", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	return u->config >= 0 ? 0 : fail_call(e, "create the bundle", "open(\"%s/config.json\")", u->temporary);
}

/* ---- Outside -------------------------------------------------------------------------------------- */

static pid_t start_inside(struct unpack *u, struct error *e)
{
	pid_t pid;

	u->outside = getpid();
	if (u->container.rootless) {
		pid = user_start(&u->container, inside);
		if (pid == -1)
			user_blocked(&u->container);
		*e = u->container.error;
		return pid;
	}
	pid = fork();
	if (pid == 0)
		_exit(inside(&u->container) == -1);
	return pid == -1 ? fail_call(e, "start a process", "fork()") : pid;
}

/* A signal that would end us ends the inside, and we remove what it has created. */
static int wait_for_inside(struct unpack *u, pid_t pid, struct error *e)
{
	CLOSED int process = syscall(SYS_pidfd_open, pid, 0);
	struct error *its = &u->report->error;
	int status = -1;

	if (process >= 0 && !wait_to_read(process, -1))
		kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	bar_erase(u);
	if (interrupted)
		return fail(e, "ended by a signal");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (*e->text)
		return -1;
	if (WIFSIGNALED(status))
		return fail(e, "the process that unpacks the image was killed by signal %d; nothing is left of the bundle",
			    WTERMSIG(status));
	its->text[sizeof its->text - 1] = '\0';
	make_printable(its->text);
	return fail(e, "%s", *its->text ? its->text : "the process that unpacks the image failed");
}

static void print_losses(struct report *r)
{
	static const char *const what[] = {
		[LOST_OWNERS] = "kept as root's, because the user namespace lacks their owner or group",
		[LOST_DEVICES] = "not created: only the host's root can create devices",
		[LOST_ATTRIBUTES] = "without some of their extended attributes",
	};

	for (int i = 0; i < LOST_KINDS; i++) {
		const unsigned long count = r->lost[i].count;
		char *first = r->lost[i].first;

		first[sizeof r->lost[i].first - 1] = '\0';
		make_printable(first);
		if (count)
			fprintf(stderr, "box: warning: %lu file%s %s (the first is \"%s\")\n", count, count == 1 ? "" : "s",
				what[i], first);
	}
}

/* The signals stay blocked: wait_to_read() notices them. */
static int unpack(struct unpack *u, char *image, const char *bundle, struct error *e)
{
	static const int numbers[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };
	sigset_t ending;
	pid_t pid;
	int result = -1;

	sigemptyset(&ending);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		sigaddset(&ending, numbers[i]);
	sigprocmask(SIG_BLOCK, &ending, NULL);
	u->report = mmap(NULL, sizeof *u->report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (u->report == MAP_FAILED)
		return fail_call(e, "share memory with the inside", "mmap()");
	if (open_image(u, image, e) == -1 || find_place(u, bundle, e) == -1)
		return -1;
	if (make_temporary(u, e) == 0 && (pid = start_inside(u, e)) > 0)
		result = wait_for_inside(u, pid, e);
	if (result == 0 && renameat(u->parent, u->temporary, u->parent, u->name) == -1)
		result = fail_call(e, "give the bundle its name", "rename(\"%s\", \"%s\")", u->temporary, u->name);
	if (result == -1 && u->bundle >= 0 && remove_temporary(u) == -1 && errno != ENOENT)
		wrap(e, "%s is left", u->temporary);
	if (result == 0)
		print_losses(u->report);
	return result;
}

/* Remove the images in the directory PATH that no container uses, and what a killed box-unpack has left there. Names that are no
 * digests are not ours. */
static int prune(struct unpack *u, const char *path, struct error *e)
{
	DIR *all LISTED = opendir(path);
	struct dirent *entry;

	if (!all)
		return errno == ENOENT ? 0 : fail_call(e, "list the images", "opendir(\"%s\")", path);
	u->parent = dirfd(all);
	if (lock_file(u->parent, 0) == -1)
		return fail_call(e, "wait until no image is being unpacked", "flock(\"%s\")", path);
	while ((entry = readdir(all))) {
		const bool left = *entry->d_name == '.';
		const char *digest = entry->d_name + left;
		const bool ours = strspn(digest, "0123456789abcdef") == HEX && strcmp(digest + HEX, left ? SUFFIX : "") == 0;
		CLOSED int unused = ours ? lock_directory(u->parent, entry->d_name, LOCK_NB) : -1;

		if (unused == -1)
			continue;
		snprintf(u->temporary, sizeof u->temporary, ".%.*s" SUFFIX, HEX, digest);
		if ((!left && renameat(u->parent, entry->d_name, u->parent, u->temporary) == -1) || remove_temporary(u) == -1)
			return fail_call(e, "remove the image", "rm -r \"%s/%s\"", path, entry->d_name);
		if (!left)
			puts(entry->d_name);
	}
	return 0;
}

/* If the caller has closed one of the first three descriptors, a file of ours would become its standard input, output or error. */
static void open_streams(void)
{
	int fd;

	while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd <= STDERR_FILENO)
		;
	close(fd);
}

static int parse(int argc, char **argv, struct unpack *u, struct error *e)
{
	static const struct option options[] = { { "max-size", 1, NULL, 's' }, { "max-entries", 1, NULL, 'e' },
						 { "digest", 1, NULL, 'd' }, { 0 } };
	int letter;

	opterr = 0;
	while ((letter = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (letter == '?' || letter == ':')
			return fail(e, "unknown option, or no value for it: %s; " USAGE, argv[optind - 1]);
		if (letter == 'd')
			u->digest = optarg;
		if (letter == 's' && parse_size(optarg, &u->most_bytes, e) == -1)
			return wrap(e, "--max-size");
		if (letter == 'e' && parse_number(optarg, 1, UINT32_MAX, &u->most_entries, e) == -1)
			return wrap(e, "--max-entries");
	}
	return argc - optind == 2 ? 0 : fail(e, USAGE);
}

int main(int argc, char *argv[])
{
	static struct unpack u = { .most_bytes = UINT64_C(32) << 30, .most_entries = 1000000, .source = -1, .parent = -1,
				   .bundle = -1, .config = -1 };
	static struct namespace own[] = { { CLONE_NEWUSER, NULL }, { 0 } };
	static struct spec spec;
	struct error e = { 0 };
	int result;

	syscall(SYS_close_range, 3, ~0u, 0);	/* nothing of our caller's is for the inside */
	open_streams();
	signal(SIGCHLD, SIG_DFL);	/* if our caller ignores it, we could not wait for our children */
	umask(022);
	setlocale(LC_CTYPE, "C.UTF-8");		/* names are UTF-8; later, we could only load the image's locales */
	json_object_seed(0);			/* and only read the image's /dev/urandom */
	u.has_bar = isatty(STDERR_FILENO);
	u.container.rootless = !is_root();
	if (u.container.rootless)
		spec.namespaces = own;
	u.container.spec = &spec;
	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
		result = puts(USAGE "\n\nunpack an OCI layout, or a tar of docker save, into a bundle; box help unpack lists the options") == EOF ? -1 : 0;
	else if (argc == 3 && strcmp(argv[1], "--prune") == 0)
		result = prune(&u, argv[2], &e);
	else if ((result = parse(argc, argv, &u, &e)) == 0)
		result = unpack(&u, argv[optind], argv[optind + 1], &e);
	if (result == -1)
		fprintf(stderr, "box: %s\n", e.text);
	return result == -1 ? 125 : 0;
}
