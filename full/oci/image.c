/*
 * image.c - box run oci:DIR[:TAG], or docker-archive:FILE[:TAG]: an image in place of ROOTFS.
 *
 * box-unpack unpacks an image once, into ROOT/.images/DIGEST. The digest is the one that the layout's index.json has for the tag, or that
 * of the config, in the manifest.json of a tar of docker save. So another image is another directory, and a second run finds the first
 * one's. It costs the reading of two small files.
 *
 * A container holds a shared lock on its image's directory as long as it runs. So box prune finds out which images nobody uses.
 *
 *   see      box run oci:DIR:TAG; ls /var/lib/box/.images; box prune
 *   read     OCI image-spec: image-layout.md, image-index.md; docker-save(1), tar(5); runtime-spec: config.md
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/files.h"
#include "base/list.h"
#include "base/parse.h"
#include "base/say.h"
#include "base/text.h"
#include "base/wait.h"
#include "life/seal.h"
#include "life/store.h"
#include "oci/image.h"

#define IMAGES ".images"

/* ---- Which image ----------------------------------------------------------------------------------- */

static json_t *read_json(const char *path)
{
	char *text FREED = read_text(open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));

	return text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
}

/* Write the digits of a digest. If FOUND is none, write a word that is none, either: no directory has that name, so box-unpack is called,
 * and its error says what is wrong. */
static void keep_digest(const char *found, char digest[65])
{
	const bool valid = strspn(found, "0123456789abcdef") == 64;

	snprintf(digest, 65, "%s", valid ? found : "none");
}

/* The digest of the only image that the layout in DIRECTORY has for TAG (NULL: at all). */
static void find_digest(const char *directory, const char *tag, char digest[65])
{
	char path[PATH_MAX];
	json_t *index, *one;
	const char *found = "";
	int count = 0;
	size_t i;

	snprintf(path, sizeof path, "%s/index.json", directory);
	index = read_json(path);
	json_array_foreach(json_object_get(index, "manifests"), i, one) {
		const char *name = "", *whole = "", *its = "";

		json_unpack(one, "{s?s, s?{s?s, s?s}}", "digest", &its, "annotations", "org.opencontainers.image.ref.name", &name,
			    "io.containerd.image.name", &whole);
		if (tag && strcmp(name, tag) != 0 && strcmp(whole, tag) != 0)
			continue;
		found = its;
		count++;
	}
	keep_digest(count == 1 && strncmp(found, "sha256:", 7) == 0 ? found + 7 : "", digest);
	json_decref(index);
}

/* The manifest.json of the tar at PATH, or NULL. A member is a block with its name and its size, and then its contents, in whole blocks. */
static json_t *read_manifest(const char *path)
{
	enum { BLOCK = 512, NAME = 100, SIZE = 124, LARGEST = 4 << 20 };
	CLOSED int tar = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char block[BLOCK], number[13], *text FREED = NULL;
	uint64_t size = 0;

	for (off_t at = 0; pread(tar, block, BLOCK, at) == BLOCK && *block; at += BLOCK + (size + BLOCK - 1) / BLOCK * BLOCK) {
		snprintf(number, sizeof number, "%.12s", block + SIZE);
		size = strtoull(number, NULL, 8);
		if (strncmp(block, "manifest.json", NAME) != 0)
			continue;
		text = size > LARGEST ? NULL : calloc(1, size + 1);
		if (!text || pread(tar, text, size, at + BLOCK) != (ssize_t)size)
			return NULL;
		return json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	}
	return NULL;
}

/* "docker.io/library/busybox:1.36" is asked for by its whole name, or as "1.36". */
static bool has_tag(const char *text, const char *tag)
{
	const char *colon = strrchr(text, ':');

	return strcmp(text, tag) == 0 || (colon && strcmp(colon + 1, tag) == 0);
}

/* The same for a tar of docker save. */
static void find_archived(const char *file, const char *tag, char digest[65])
{
	json_t *manifest = read_manifest(file), *one, *name;
	const char *found = "", *slash;
	size_t i, j;

	json_array_foreach(manifest, i, one) {
		const char *config = json_string_value(json_object_get(one, "Config"));
		bool fits = !tag && json_array_size(manifest) == 1;

		json_array_foreach(json_object_get(one, "RepoTags"), j, name) {
			const char *text = json_string_value(name);

			fits |= tag && text && has_tag(text, tag);
		}
		found = fits && config ? config : found;
	}
	slash = strrchr(found, '/');
	keep_digest(slash ? slash + 1 : found, digest);
	json_decref(manifest);
}

/* ---- Unpack ---------------------------------------------------------------------------------------- */

/* A sealed box is in no directory, so seal() has kept the path of its file. */
int image_program(char *const words[], struct error *e)
{
	char path[PATH_MAX + sizeof "box-unpack"] = "", *slash;
	const char *kept = getenv(OWN_PATH);
	const ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);

	if (kept && (length == 1 || strncmp(path, "/memfd:", 7) == 0))
		snprintf(path, PATH_MAX, "%s", kept);
	slash = strrchr(path, '/');
	if (slash) {
		strcpy(slash + 1, "box-unpack");
		execv(path, words);
	}
	if (!slash || errno == ENOENT)
		execvp("box-unpack", words);
	if (errno == ENOENT)
		return fail(e, "box-unpack is not installed: it is neither beside box nor in PATH; make -C full builds it if the "
			       "headers of libarchive and nettle are installed (Debian: libarchive-dev, nettle-dev)");
	return fail_call(e, "unpack", "execve(\"box-unpack\")");
}

/* If it fails, it has printed the reason, and we add nothing. It ends with us. */
static int unpack(char *const words[], struct error *e)
{
	const pid_t box = getpid();
	int status = -1;
	pid_t pid;

	if (explain)
		say("unpack the image, because this is its first run", "%s %s %s", words[0], words[4], words[5]);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != box)	/* it died before the prctl, so no signal will come */
			_exit(125);
		(void)!image_program(words, e);
		fprintf(stderr, "box: %s\n", e->text);
		_exit(125);
	}
	if (pid == -1 || waitpid(pid, &status, 0) == -1)
		return fail_call(e, "unpack the image", "fork()");
	return status == 0 ? 0 : -1;
}

/* Images are unpacked one at a time. A box that had to wait for another finds the image unpacked. */
static int have_image(int store, const char *digest, char *word, char *path, struct error *e)
{
	CLOSED int images = openat(store, IMAGES, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (images >= 0 && faccessat(images, digest, F_OK, 0) == 0)
		return 0;
	if (images == -1) {
		if (have_directory(e, "create a directory for images", store, IMAGES, 0700) == -1)
			return -1;
		images = openat(store, IMAGES, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	}
	if (lock_file(images, 0) == -1)
		return fail_call(e, "wait until no other image is being unpacked", "flock(\"" IMAGES "\")");
	if (faccessat(images, digest, F_OK, 0) == 0)
		return 0;
	return unpack((char *[]){ "box-unpack", "--digest", (char *)digest, "--", word, path, NULL }, e);
}

/* ---- What the image says ---------------------------------------------------------------------------- */

/* Copies of the strings that contain PART. A variable without "=" must not become the host's, as one of -e does. */
static char **strings_of(const json_t *list, const char *part)
{
	char **all = NULL;
	size_t i;
	json_t *one;

	json_array_foreach(list, i, one) {
		const char *text = json_string_value(one);
		char *copy;

		if (!text || !strstr(text, part))
			continue;
		copy = formatted("%s", text);
		all = append(all, sizeof copy, &copy);
	}
	return all;
}

/* Numbers: box-unpack has looked the user up. */
static void use_user(struct spec *s, json_int_t user, json_int_t group, const json_t *more)
{
	size_t i;
	json_t *one;

	if (s->process.user)
		return;
	s->process.user = formatted("%lld:%lld", (long long)user, (long long)group);
	json_array_foreach(more, i, one) {
		char *text = formatted("%lld", (long long)json_integer_value(one));

		s->process.groups = append(s->process.groups, sizeof text, &text);
	}
}

/* Complete *S and *IMAGE from config.json. What the command line says stays. */
static int use_config(struct spec *s, const char *path, struct image *image, struct error *e)
{
	const char *directory = NULL, *stop = NULL, *entry = "0";
	json_t *config = read_json(path), *args = NULL, *env = NULL, *more = NULL;
	json_int_t user = 0, group = 0;

	if (json_unpack(config, "{s:{s:o, s:o, s:s, s:{s:I, s:I, s?o}}, s?{s?s, s?s}}", "process", "args", &args, "env", &env,
			"cwd", &directory, "user", "uid", &user, "gid", &group, "additionalGids", &more,
			"annotations", "org.opencontainers.image.stopSignal", &stop, ENTRYPOINT_WORDS, &entry) == -1)
		return fail(e, "cannot read %s; box prune removes the image, and the next run unpacks it again", path);
	if (stop && !s->own.stop_signal && parse_signal(stop, &s->own.stop_signal, e) == -1)
		return wrap(e, "the image's stop signal (--stop-signal replaces it)");
	if (!s->process.cwd)
		s->process.cwd = strdup(directory);
	use_user(s, user, group, more);
	*image = (struct image){ strings_of(args, ""), strtoul(entry, NULL, 10), strings_of(env, "=") };
	json_decref(config);
	return 0;
}

typedef void digest_finder(const char *path, const char *tag, char digest[65]);

static int use_image(struct spec *s, char *word, digest_finder *find, struct image *image, struct error *e)
{
	const int length = strcspn(word, ":");
	char root[PATH_MAX], place[PATH_MAX], file[PATH_MAX + 128], *path, digest[65];
	CLOSED int store = store_open(root, e);

	if (store == -1)
		return -1;
	if (s->own.write_through || !with(s, "overlay"))
		return fail(e, "without an overlay, the container would change the image for all others; omit --write-through and --without "
			       "overlay, or unpack an image of its own: box unpack %s BUNDLE", word);
	snprintf(place, sizeof place, "%.*s", length, word);
	find(place, word[length] ? word + length + 1 : NULL, digest);
	path = formatted("%s/" IMAGES "/%s", root, digest);
	if (have_image(store, digest, word, path, e) == -1)
		return -1;
	snprintf(file, sizeof file, "%s/rootfs", path);
	if (!(s->rootfs = realpath(file, NULL)))
		return fail_call(e, "find the image's files", "realpath(\"%s\")", file);
	s->own.image = path;
	snprintf(file, sizeof file, "%s/config.json", path);
	return use_config(s, file, image, e);
}

int image_use(struct spec *s, char *word, struct image *image, struct error *e)
{
	if (strncmp(word, "oci:", strlen("oci:")) == 0)
		return use_image(s, word + strlen("oci:"), find_digest, image, e);
	if (strncmp(word, "docker-archive:", strlen("docker-archive:")) == 0)
		return use_image(s, word + strlen("docker-archive:"), find_archived, image, e);
	if ((s->rootfs = realpath(word, NULL)))
		return 0;
	if (strchr(word, ':'))	/* as skopeo names images */
		return fail(e, "ROOTFS %s: %s (an image has to be in an OCI layout, or a docker-archive: skopeo copy %s oci:DIR:TAG; then box run "
			       "oci:DIR:TAG)", word, strerror(errno), word);
	return fail(e, "ROOTFS %s: %s (%s)", word, strerror(errno), errno == EACCES ?
		    "your user lacks the execute permission on a directory of this path; namei -l PATH shows which" :
		    "lab/rootfs creates one, and oci:DIR:TAG is an image");
}

char **image_args(const struct image *image, const char *entrypoint, char **command)
{
	static char *shell[] = { "/bin/sh", NULL };
	char **own = image->args, **all = NULL;

	for (size_t i = 0; own && *own && i < image->entry; i++, own++)
		if (!entrypoint)
			all = append(all, sizeof *own, own);
	if (entrypoint && *entrypoint)
		all = append(all, sizeof entrypoint, &entrypoint);
	if (!*command && !entrypoint)
		command = own;
	for (; command && *command; command++)
		all = append(all, sizeof *command, command);
	return all ? all : shell;
}

/* ---- Prune ----------------------------------------------------------------------------------------- */

int image_prune(struct error *e)
{
	char root[PATH_MAX + sizeof IMAGES];
	CLOSED int store = store_open(root, e);

	return store == -1 ? -1 : image_program((char *[]){ "box-unpack", "--prune", strcat(root, "/" IMAGES), NULL }, e);
}
