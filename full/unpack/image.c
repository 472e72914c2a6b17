/*
 * image.c - finds the parts of an image: index, manifest, config and layers. Each names the next by its digest.
 *
 *   see      skopeo copy docker://busybox oci:DIR:TAG; cat DIR/index.json
 *   read     OCI image-spec: image-layout.md, image-index.md, manifest.md, config.md; docker-save(1)
 */
#define _GNU_SOURCE
#include <archive.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/cleanup.h"
#include "unpack/unpack.h"

#define JSON_FREED __attribute__((cleanup(json_decrefp)))
#define REF_NAME "org.opencontainers.image.ref.name"
#define WHOLE_NAME "io.containerd.image.name"

enum { LARGEST_JSON = 4 << 20, MOST_INDEXES = 4 };

enum use { INDEX, MANIFEST, CONFIG, LAYER };

static const struct media { const char *name; enum use use; int (*filter)(struct archive *); } media_types[] = {
	{ "application/vnd.oci.image.index.v1+json", INDEX, NULL },
	{ "application/vnd.docker.distribution.manifest.list.v2+json", INDEX, NULL },
	{ "application/vnd.oci.image.manifest.v1+json", MANIFEST, NULL },
	{ "application/vnd.docker.distribution.manifest.v2+json", MANIFEST, NULL },
	{ "application/vnd.oci.image.config.v1+json", CONFIG, NULL },
	{ "application/vnd.docker.container.image.v1+json", CONFIG, NULL },
	{ "application/vnd.oci.image.layer.v1.tar", LAYER, archive_read_support_filter_none },
	{ "application/vnd.oci.image.layer.v1.tar+gzip", LAYER, archive_read_support_filter_gzip },
	{ "application/vnd.oci.image.layer.v1.tar+zstd", LAYER, archive_read_support_filter_zstd },
	{ "application/vnd.docker.image.rootfs.diff.tar", LAYER, archive_read_support_filter_none },
	{ "application/vnd.docker.image.rootfs.diff.tar.gzip", LAYER, archive_read_support_filter_gzip },
	{ "application/vnd.docker.image.rootfs.diff.tar.zstd", LAYER, archive_read_support_filter_zstd },
	{ NULL, 0, NULL }
};

struct descriptor { const struct media *media; struct digest digest; uint64_t size; char file[HEX + 16]; };

/* ---- JSON ----------------------------------------------------------------------------------------- */

int optional(const json_t *from, const char *name, json_type type, const char *where, json_t **found, struct error *e)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array", [JSON_STRING] = "a string", [JSON_INTEGER] = "an integer",
	};

	*found = json_object_get(from, name);
	if (json_is_null(*found))
		*found = NULL;
	return !*found || json_typeof(*found) == type ? 0 : fail(e, "%s: \"%s\" must be %s", where, name, names[type]);
}

json_t *member(const json_t *from, const char *name, json_type type, const char *where, struct error *e)
{
	json_t *found;

	if (!json_is_object(from)) {
		fail(e, "%s: must be an object that has \"%s\"", where, name);
		return NULL;
	}
	if (optional(from, name, type, where, &found, e) == -1)
		return NULL;
	if (!found)
		fail(e, "%s: \"%s\" is missing", where, name);
	return found;
}

static const char *string(const json_t *from, const char *name, const char *where, struct error *e)
{
	return json_string_value(member(from, name, JSON_STRING, where, e));
}

/* Read a JSON file of the image, with this DIGEST and SIZE (NULL and 0: any). */
static json_t *read_json(struct unpack *u, const char *file, const struct digest *digest, uint64_t size, struct error *e)
{
	struct blob b BLOB_CLOSED = { .fd = -1 };
	static char text[LARGEST_JSON];
	json_error_t wrong;
	json_t *json = NULL;
	const void *data;
	size_t length = 0;
	ssize_t part = 0;

	if (blob_open(u, file, &b, e) == -1)
		return NULL;
	if (size && b.size != size) {
		fail(e, "%s: has %" PRIu64 " bytes, and the image says %" PRIu64 "; copy the image again", file, b.size, size);
		return NULL;
	}
	while (length < LARGEST_JSON && (part = blob_read(&b, &data)) > 0 && length + part <= LARGEST_JSON) {
		memcpy(text + length, data, part);
		length += part;
	}
	if (part > 0)
		fail(e, "%s: is larger than %d bytes", file, LARGEST_JSON);
	else if (blob_check(&b, digest, e) == -1)
		wrap(e, "%s", file);
	else if (!(json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &wrong)))
		fail(e, "%s: line %d: %s", file, wrong.line, wrong.text);
	return json;
}

/* ---- Descriptors ---------------------------------------------------------------------------------- */

static int parse_digest(const char *word, const char *where, struct digest *d, struct error *e)
{
	static const char prefix[] = "sha256:";
	const char *hex = word + strlen(prefix);

	if (strncmp(word, prefix, strlen(prefix)) != 0 || strlen(hex) != HEX || strspn(hex, "0123456789abcdef") != HEX)
		return fail(e, "%s: the digest \"%s\" is not sha256: and %d hexadecimal digits", where, word, HEX);
	strcpy(d->hex, hex);
	return 0;
}

/* Returns the last row, which has no name, if there is none. */
static const struct media *find_media(const char *name)
{
	const struct media *m = media_types;

	while (m->name && strcmp(m->name, name) != 0)
		m++;
	return m;
}

/* A descriptor says where the next part is, and what it is: image-spec, descriptor.md. */
static int read_descriptor(const json_t *from, const char *where, struct descriptor *d, struct error *e)
{
	const char *media = string(from, "mediaType", where, e), *digest = media ? string(from, "digest", where, e) : NULL;
	const json_t *size = digest ? member(from, "size", JSON_INTEGER, where, e) : NULL;

	if (!size)
		return -1;
	d->media = find_media(media);
	if (parse_digest(digest, where, &d->digest, e) == -1)
		return -1;
	if (json_integer_value(size) <= 0)
		return fail(e, "%s: \"size\" must be positive", where);
	if (!d->media->name)
		return fail(e, "%s: box can't unpack the media type \"%s\"", where, media);
	d->size = json_integer_value(size);
	snprintf(d->file, sizeof d->file, "blobs/sha256/%s", d->digest.hex);
	return 0;
}

static int check_use(const struct descriptor *d, enum use use, const char *where, struct error *e)
{
	return d->media->use == use ? 0 : fail(e, "%s: the media type \"%s\" does not belong there", where, d->media->name);
}

/* ---- Choose --------------------------------------------------------------------------------------- */

/* This machine's architecture, as images call it: Go's name. */
static const char *own_architecture(void)
{
	static const struct { const char *kernel, *go; } names[] = {
		{ "x86_64", "amd64" }, { "aarch64", "arm64" }, { "i686", "386" }, { "i586", "386" }, { "armv7l", "arm" },
		{ "armv6l", "arm" }, { "loongarch64", "loong64" }, { "mips64", "mips64le" }, { NULL, NULL }
	};
	static struct utsname us;

	uname(&us);
	for (size_t i = 0; names[i].kernel; i++)
		if (strcmp(us.machine, names[i].kernel) == 0)
			return names[i].go;
	return us.machine;
}

static const char *platform_part(const json_t *entry, const char *part)
{
	return json_string_value(json_object_get(json_object_get(entry, "platform"), part));
}

static bool fits(const json_t *entry)
{
	const char *os = platform_part(entry, "os"), *architecture = platform_part(entry, "architecture");

	if (json_is_object(entry) && !json_object_get(entry, "platform"))
		return true;
	return os && architecture && strcmp(os, "linux") == 0 && strcmp(architecture, own_architecture()) == 0;
}

static const char *annotation(const json_t *entry, const char *name)
{
	return json_string_value(json_object_get(json_object_get(entry, "annotations"), name));
}

/* Docker adds whole names, because its REF_NAME, as "latest", can be that of several images. */
static const char *name_of(const json_t *entry)
{
	const char *whole = annotation(entry, WHOLE_NAME);

	return whole ? whole : annotation(entry, REF_NAME);
}

static bool is_tagged(const json_t *entry, const char *tag)
{
	const char *whole = annotation(entry, WHOLE_NAME), *name = annotation(entry, REF_NAME);

	return (whole && strcmp(whole, tag) == 0) || (name && strcmp(name, tag) == 0);
}

static bool is_listed(const char *list, const char *name)
{
	const size_t length = strlen(name);

	for (const char *at = list; (at = strstr(at, name)); at++)
		if ((at == list || at[-1] == ' ') && (!at[length] || at[length] == ','))
			return true;
	return false;
}

/* Add NAME to a list for people, unless it is in there. */
static void add_name(char list[1024], const char *name)
{
	const size_t length = strlen(list);

	if (name && !is_listed(list, name))
		snprintf(list + length, 1024 - length, "%s%s", length ? ", " : "", name);
}

/* The entries of an index for the TAG, or all of them. They must have the same name. */
static json_t *choose_tag(const struct unpack *u, const json_t *entries, const char *tag, struct error *e)
{
	json_t *chosen = json_array();
	char all[1024] = "", names[1024] = "";
	size_t i;
	json_t *entry;

	json_array_foreach(entries, i, entry) {
		add_name(all, name_of(entry));
		if (tag && !is_tagged(entry, tag))
			continue;
		add_name(names, name_of(entry));
		json_array_append(chosen, entry);
	}
	if (tag && json_array_size(chosen) == 0)
		fail(e, "%s has no tag \"%s\"; it has %s", u->image, tag, *all ? all : "none");
	else if (strstr(names, ", "))
		fail(e, "%s has several images, so add a tag, as in %s:TAG: %s", u->image, u->image, names);
	else if (json_array_size(chosen) == 0)
		fail(e, "%s is empty: its index lists no manifest", u->image);
	else
		return chosen;
	json_decref(chosen);
	return NULL;
}

/* An index may list an image for each of several platforms. */
static json_t *choose_platform(const struct unpack *u, const json_t *entries, struct error *e)
{
	char platforms[1024] = "", name[128];
	size_t i;
	json_t *entry;

	if (json_array_size(entries) == 1)
		return json_array_get(entries, 0);
	json_array_foreach(entries, i, entry) {
		const char *os = platform_part(entry, "os"), *architecture = platform_part(entry, "architecture");

		if (fits(entry))
			return entry;
		snprintf(name, sizeof name, "%s/%s", os ? os : "?", architecture ? architecture : "?");
		add_name(platforms, name);
	}
	fail(e, "%s has no image for linux/%s; it has %s", u->image, own_architecture(), platforms);
	return NULL;
}

/* ---- OCI layout ----------------------------------------------------------------------------------- */

/* Follow indexes to a manifest, which the caller releases. */
static json_t *find_manifest(struct unpack *u, struct descriptor *d, struct error *e)
{
	json_t *json = read_json(u, "index.json", NULL, 0, e);
	const char *tag = u->tag;
	char where[sizeof d->file] = "index.json";

	for (int indexes = 0; json && indexes < MOST_INDEXES; indexes++, tag = NULL) {
		json_t *index JSON_FREED = json, *all = member(index, "manifests", JSON_ARRAY, where, e), *chosen JSON_FREED = NULL;
		const json_t *entry;

		if (!all || !(chosen = choose_tag(u, all, tag, e)) || !(entry = choose_platform(u, chosen, e)) ||
		    read_descriptor(entry, where, d, e) == -1)
			return NULL;
		if (u->digest && indexes == 0 && strcmp(u->digest, d->digest.hex) != 0) {
			fail(e, "index.json: lists several images for this tag, or has changed meanwhile; run it again, or use another tag");
			return NULL;
		}
		json = read_json(u, d->file, &d->digest, d->size, e);
		if (d->media->use == MANIFEST || !json)
			return json;
		if (check_use(d, INDEX, where, e) == -1)
			break;
		strcpy(where, d->file);
	}
	if (json && !*e->text)
		fail(e, "index.json: leads from index to index, more than %d times", MOST_INDEXES);
	json_decref(json);
	return NULL;
}

/* A file that is an index and a manifest at once could be one thing for us, and another for the program that has checked it
 * (CVE-2021-41190). */
static int check_manifest(const json_t *manifest, const struct descriptor *d, struct error *e)
{
	const json_t *version = member(manifest, "schemaVersion", JSON_INTEGER, d->file, e);
	json_t *media;

	if (!version || optional(manifest, "mediaType", JSON_STRING, d->file, &media, e) == -1)
		return -1;
	if (json_integer_value(version) != 2)
		return fail(e, "%s: \"schemaVersion\" must be 2", d->file);
	if ((media && strcmp(json_string_value(media), d->media->name) != 0) || json_object_get(manifest, "manifests"))
		return fail(e, "%s: is not what its media type \"%s\" says", d->file, d->media->name);
	return 0;
}

static int find_oci(struct unpack *u, struct image *image, struct error *e)
{
	struct descriptor d = { 0 }, config = { 0 };
	json_t *manifest JSON_FREED = find_manifest(u, &d, e), *it, *layers, *layer;
	size_t i;

	if (!manifest || check_manifest(manifest, &d, e) == -1 || !(it = member(manifest, "config", JSON_OBJECT, d.file, e)) ||
	    read_descriptor(it, d.file, &config, e) == -1 || check_use(&config, CONFIG, d.file, e) == -1 ||
	    !(layers = member(manifest, "layers", JSON_ARRAY, d.file, e)))
		return -1;
	if (json_array_size(layers) > MOST_LAYERS)
		return fail(e, "%s: has more than %d layers", d.file, MOST_LAYERS);
	json_array_foreach(layers, i, layer) {
		struct descriptor one = { 0 };

		if (read_descriptor(layer, d.file, &one, e) == -1 || check_use(&one, LAYER, d.file, e) == -1)
			return -1;
		image->layers[i] = (struct layer){ strdup(one.file), one.media->filter, one.digest, { "" }, one.size };
	}
	image->count = i;
	image->config = read_json(u, config.file, &config.digest, config.size, e);
	return image->config ? 0 : -1;
}

/* ---- docker save ---------------------------------------------------------------------------------- */

static int enable_all(struct archive *a)
{
	archive_read_support_filter_gzip(a);
	return archive_read_support_filter_zstd(a);
}

/* "docker.io/library/busybox:1.36" is asked for by its whole name, or as "1.36". */
static bool is_named(const char *text, const char *tag)
{
	const char *colon = strrchr(text, ':');

	return strcmp(text, tag) == 0 || (colon && strcmp(colon + 1, tag) == 0);
}

static bool has_tag(const json_t *one, const char *tag, char names[1024])
{
	bool found = false;
	size_t i;
	json_t *name;

	json_array_foreach(json_object_get(one, "RepoTags"), i, name) {
		const char *text = json_string_value(name);

		add_name(names, text);
		found |= tag && text && is_named(text, tag);
	}
	return found;
}

static json_t *choose_docker(const struct unpack *u, const json_t *all, struct error *e)
{
	json_t *one, *chosen = NULL;
	char names[1024] = "";
	size_t i;

	json_array_foreach(all, i, one)
		if (has_tag(one, u->tag, names) || (!u->tag && json_array_size(all) == 1))
			chosen = one;
	if (!chosen && u->tag)
		fail(e, "%s has no tag \"%s\"; it has %s", u->image, u->tag, *names ? names : "none");
	else if (!chosen)
		fail(e, "%s has several images, or none, so add a tag, as in %s:TAG: %s", u->image, u->image, names);
	return chosen;
}

/* The config's file has its digest as its name. */
static json_t *read_docker_config(struct unpack *u, const char *file, struct error *e)
{
	const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
	char word[HEX + 8];
	struct digest digest;

	snprintf(word, sizeof word, "sha256:%.*s", HEX, name);
	if (parse_digest(word, "manifest.json: the name of the config", &digest, e) == -1)
		return NULL;
	if (u->digest && strcmp(u->digest, digest.hex) != 0) {
		fail(e, "%s: manifest.json has changed meanwhile, or is not plain; run it again as docker-archive:%s", u->image, u->image);
		return NULL;
	}
	return read_json(u, file, &digest, 0, e);
}

static int find_docker(struct unpack *u, struct image *image, struct error *e)
{
	static const char where[] = "manifest.json";
	json_t *all JSON_FREED = read_json(u, where, NULL, 0, e), *layers, *layer;
	const json_t *one;
	const char *config;
	size_t i;

	if (!all)
		return e->number != ENOENT ? -1 :
		       fail(e, "%s is neither an OCI layout (no oci-layout in it) nor from docker save (no manifest.json)",
			    u->image);
	if (!(one = choose_docker(u, all, e)) || !(config = string(one, "Config", where, e)) ||
	    !(layers = member(one, "Layers", JSON_ARRAY, where, e)))
		return -1;
	if (json_array_size(layers) > MOST_LAYERS)
		return fail(e, "%s: has more than %d layers", where, MOST_LAYERS);
	json_array_foreach(layers, i, layer) {
		if (!json_is_string(layer))
			return fail(e, "%s: \"Layers\" must contain strings", where);
		image->layers[i] = (struct layer){ .file = strdup(json_string_value(layer)), .filter = enable_all };
	}
	image->count = i;
	image->config = read_docker_config(u, config, e);
	return image->config ? 0 : -1;
}

/* ---- Both ----------------------------------------------------------------------------------------- */

/* The config has the digest of each layer's contents, whatever compresses them in the image. */
static int read_contents(struct image *image, struct error *e)
{
	static const char where[] = "the image's config";
	json_t *os, *rootfs, *all, *one;
	size_t i;

	if (optional(image->config, "os", JSON_STRING, where, &os, e) == -1)
		return -1;
	if (os && strcmp(json_string_value(os), "linux") != 0)
		return fail(e, "%s: the image is for %s, not for Linux", where, json_string_value(os));
	if (!(rootfs = member(image->config, "rootfs", JSON_OBJECT, where, e)) ||
	    !(all = member(rootfs, "diff_ids", JSON_ARRAY, where, e)))
		return -1;
	if (json_array_size(all) != image->count)
		return fail(e, "%s: \"diff_ids\" has %zu digests, and the image has %zu layers", where, json_array_size(all),
			    image->count);
	json_array_foreach(all, i, one) {
		if (!json_is_string(one))
			return fail(e, "%s: \"diff_ids\" must contain strings", where);
		if (parse_digest(json_string_value(one), where, &image->layers[i].content, e) == -1)
			return -1;
	}
	return 0;
}

int image_find(struct unpack *u, struct image *image, struct error *e)
{
	json_t *layout JSON_FREED = read_json(u, "oci-layout", NULL, 0, e);
	const char *version;

	if (!layout && e->number != ENOENT)
		return -1;
	*e = (struct error){ 0 };
	if (u->digest && !layout != u->is_tar)
		return fail(e, "%s is neither the directory of an OCI layout nor a tar of docker save, and box run takes nothing else; skopeo makes "
			       "one: skopeo copy oci-archive:FILE oci:DIR:TAG", u->image);
	if (!layout)
		return find_docker(u, image, e) == -1 ? -1 : read_contents(image, e);
	if (!(version = string(layout, "imageLayoutVersion", "oci-layout", e)))
		return -1;
	if (strncmp(version, "1.", 2) != 0)
		return fail(e, "oci-layout: box knows version 1 of layouts, and this has version \"%s\"", version);
	return find_oci(u, image, e) == -1 ? -1 : read_contents(image, e);
}
