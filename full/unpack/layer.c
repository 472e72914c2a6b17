/*
 * layer.c - unpacks the layers: decompresses each, checks both digests, and passes its members on to tree.c.
 *
 * Two readers stand in a row. The first decompresses, and the second reads the tar. Between them, the layer's contents have a
 * digest of their own, the diff ID, and count towards the limit: a few kilobytes can decompress to terabytes.
 *
 *   read     archive_read(3), archive_read_format(3); OCI image-spec: layer.md
 */
#define _GNU_SOURCE
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "unpack/unpack.h"

struct stream {
	struct unpack *u;
	struct blob blob;
	struct archive *raw, *tar;
	struct sha256_ctx sum;		/* of the decompressed contents */
	uint64_t *bytes, *entries;	/* of all layers */
};

/* ---- The two readers ------------------------------------------------------------------------------ */

static la_ssize_t read_file(struct archive *a, void *data, const void **piece)
{
	const ssize_t length = blob_read(data, piece);

	if (length == -1)
		archive_set_error(a, errno, "cannot read the layer: %s", strerror(errno));
	return length;
}

static la_ssize_t read_contents(struct archive *a, void *data, const void **piece)
{
	struct stream *s = data;
	la_int64_t offset;
	size_t size = 0;
	int result;

	while ((result = archive_read_data_block(s->raw, piece, &size, &offset)) == ARCHIVE_OK && size == 0)
		;
	if (result == ARCHIVE_EOF)
		return 0;
	if (result != ARCHIVE_OK) {
		archive_set_error(a, EIO, "%s", archive_error_string(s->raw));
		return -1;
	}
	if (size > s->u->most_bytes - *s->bytes) {
		archive_set_error(a, EFBIG, "the layers unpack to more than %" PRIu64 " bytes; --max-size sets another limit",
				  s->u->most_bytes);
		return -1;
	}
	*s->bytes += size;
	sha256_update(&s->sum, size, *piece);
	return size;
}

static int fail_archive(struct archive *a, struct error *e)
{
	const char *why = archive_error_string(a);

	return fail(e, "%s", why ? why : "cannot read it");
}

static int open_stream(struct stream *s, const struct layer *l, struct error *e)
{
	struct archive_entry *entry;

	if (blob_open(s->u, l->file, &s->blob, e) == -1)
		return -1;
	if (l->size && s->blob.size != l->size)
		return fail(e, "has %" PRIu64 " bytes, and the image says %" PRIu64 "; copy the image again", s->blob.size,
			    l->size);
	s->blob.is_layer = true;
	sha256_init(&s->sum);
	s->raw = archive_read_new();
	s->tar = archive_read_new();
	if (!s->raw || !s->tar)
		return fail_call(e, "read a layer", "archive_read_new()");
	l->filter(s->raw);
	archive_read_support_format_raw(s->raw);
	archive_read_support_format_tar(s->tar);
	if (archive_read_open(s->raw, &s->blob, NULL, read_file, NULL) != ARCHIVE_OK ||
	    archive_read_next_header(s->raw, &entry) != ARCHIVE_OK)
		return fail_archive(s->raw, e);
	return archive_read_open(s->tar, s, NULL, read_contents, NULL) == ARCHIVE_OK ? 0 : fail_archive(s->tar, e);
}

static void close_stream_of(struct stream *s)
{
	archive_read_free(s->tar);
	archive_read_free(s->raw);
	blob_close(&s->blob);
}

/* ---- The members ---------------------------------------------------------------------------------- */

/* A sparse file can have any size in a few bytes. */
static int check_size(const struct unpack *u, struct archive_entry *entry, struct error *e)
{
	const la_int64_t size = archive_entry_size(entry);

	return size >= 0 && (uint64_t)size <= u->most_bytes ? 0 :
	       fail(e, "is larger than %" PRIu64 " bytes; --max-size sets another limit", u->most_bytes);
}

static int put_members(struct stream *s, struct tree *t, struct error *e)
{
	struct archive_entry *entry;
	int result;

	while ((result = archive_read_next_header(s->tar, &entry)) == ARCHIVE_OK || result == ARCHIVE_WARN) {
		const char *name = archive_entry_pathname(entry);

		if (++*s->entries > s->u->most_entries)
			return fail(e, "the layers have more than %" PRIu64 " members; --max-entries sets another limit",
				    s->u->most_entries);
		if (!name)
			return fail(e, "a member has no name");
		if (check_size(s->u, entry, e) == -1 || tree_put(t, s->tar, entry, e) == -1)
			return wrap(e, "member \"%s\"", name);
	}
	return result == ARCHIVE_EOF ? 0 : fail_archive(s->tar, e);
}

/* What follows the end of the tar belongs to the digest, too. */
static int check_contents(struct stream *s, const struct digest *expected, struct error *e)
{
	struct digest found;
	const void *piece;
	ssize_t length;

	while ((length = read_contents(s->tar, s, &piece)) > 0)
		;
	if (length == -1)
		return fail_archive(s->tar, e);
	finish_sum(&s->sum, &found);
	return strcmp(found.hex, expected->hex) == 0 ? 0 :
	       fail(e, "the digest of its contents is sha256:%s, and the image's config says sha256:%s", found.hex, expected->hex);
}

/* If the file is damaged, its digest says so better than the reader that stumbled over the damage. */
static int apply(struct stream *s, const struct layer *l, struct tree *t, struct error *e)
{
	struct error damage = { 0 };
	int result = open_stream(s, l, e);

	if (result == 0)
		result = put_members(s, t, e);
	if (result == 0)
		result = check_contents(s, &l->content, e);
	tree_finish_layer(t);
	if (s->blob.is_layer && blob_check(&s->blob, *l->digest.hex ? &l->digest : NULL, &damage) == -1) {
		*e = damage;
		result = -1;
	}
	return result == -1 ? wrap(e, "%s", l->file) : 0;
}

/* The bar needs the sum of all sizes. */
static int add_sizes(struct unpack *u, const struct image *image, struct error *e)
{
	struct blob b BLOB_CLOSED = { .fd = -1 };

	for (size_t i = 0; u->has_bar && i < image->count; i++) {
		if (blob_open(u, image->layers[i].file, &b, e) == -1)
			return -1;
		u->total += b.size;
		blob_close(&b);
	}
	return 0;
}

int layers_apply(struct unpack *u, const struct image *image, struct error *e)
{
	struct tree t = { .at = -1, .report = u->report };
	uint64_t bytes = 0, entries = 0;
	int result = add_sizes(u, image, e);

	for (size_t i = 0; result == 0 && i < image->count; i++) {
		struct stream *s FREED = calloc(1, sizeof *s);

		if (!s)
			return fail_call(e, "read a layer", "calloc()");
		*s = (struct stream){ .u = u, .blob = { .fd = -1 }, .bytes = &bytes, .entries = &entries };
		result = apply(s, &image->layers[i], &t, e);
		close_stream_of(s);
	}
	free(t.own);
	return result;
}
