/*
 * source.c - reads the files of an image: from a directory, or from a tar.
 *
 * A tar has no list of its members, so each file is looked for from the beginning. That is cheap, because the reader jumps over
 * the contents of all others. A compressed tar would have to be decompressed each time, so it is refused.
 *
 *   read     openat2(2), archive_read(3); OCI image-spec: image-layout.md
 */
#define _GNU_SOURCE
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "unpack/unpack.h"

/* ---- Open ----------------------------------------------------------------------------------------- */

static int fail_find(struct error *e, const char *name)
{
	return fail_call(e, "open a file of the image", "open(\"%s\")", name);
}

/* A hostile layout could have a FIFO there, or a link that leads out. */
static int open_file(struct unpack *u, const char *name, struct blob *b, struct error *e)
{
	const struct open_how how = { .flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
				      .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
	struct stat it;

	b->fd = syscall(SYS_openat2, u->source, name, &how, sizeof how);
	if (b->fd == -1 || fstat(b->fd, &it) == -1)
		return fail_find(e, name);
	if (!S_ISREG(it.st_mode))
		return fail(e, "%s in the image is not a regular file", name);
	b->size = it.st_size;
	return 0;
}

static const char *plain(const char *name)
{
	return strncmp(name, "./", 2) == 0 ? name + 2 : name;
}

/* Old versions of docker save store a layer once, and refer to it by links, which start from their own directory. */
static void follow_link(struct archive_entry *entry, char name[PATH_MAX])
{
	const char *hard = archive_entry_hardlink(entry), *soft = archive_entry_symlink(entry), *slash = strrchr(name, '/');
	int length = slash ? slash + 1 - name : 0;
	char target[PATH_MAX];

	if (hard) {
		snprintf(name, PATH_MAX, "%s", plain(hard));
		return;
	}
	for (soft = soft ? soft : ""; strncmp(soft, "../", 3) == 0; soft += 3) {
		length -= length > 0;
		while (length > 0 && name[length - 1] != '/')
			length--;
	}
	snprintf(target, sizeof target, "%.*s%s", length, name, soft);
	strcpy(name, target);
}

/* Returns the member's entry, at whose contents b->tar is; NULL with errno: ENOENT if there is none. */
static struct archive_entry *look_for(struct unpack *u, const char *name, struct blob *b)
{
	struct archive_entry *entry;
	const char *found;
	int result;

	blob_close(b);
	b->tar = archive_read_new();
	archive_read_support_format_tar(b->tar);
	if (lseek(u->source, 0, SEEK_SET) == -1 || archive_read_open_fd(b->tar, u->source, sizeof b->buffer) != ARCHIVE_OK) {
		errno = EILSEQ;		/* libarchive sets no errno if the format is unknown */
		return NULL;
	}
	while ((result = archive_read_next_header(b->tar, &entry)) == ARCHIVE_OK || result == ARCHIVE_WARN)
		if ((found = archive_entry_pathname(entry)) && strcmp(plain(found), name) == 0)
			return entry;
	errno = result == ARCHIVE_EOF ? ENOENT : EILSEQ;
	return NULL;
}

static int open_member(struct unpack *u, const char *name, struct blob *b, struct error *e)
{
	enum { MOST_LINKS = 8 };
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s", name);
	for (int links = 0; links < MOST_LINKS; links++) {
		struct archive_entry *entry = look_for(u, path, b);
		bool is_link;

		if (!entry && errno == EILSEQ)
			return fail(e, "%s is not a tar that box can read (%s); decompress it first, if it is compressed", u->image,
				    archive_error_string(b->tar));
		if (!entry)
			return fail_find(e, path);
		b->size = archive_entry_size(entry);
		is_link = archive_entry_hardlink(entry) || archive_entry_filetype(entry) == AE_IFLNK;
		if (!is_link && archive_entry_filetype(entry) != AE_IFREG)
			return fail(e, "%s in the image is not a regular file", path);
		if (!is_link)
			return 0;
		follow_link(entry, path);
	}
	return fail(e, "%s in the image is a link to a link, too many times", name);
}

int blob_open(struct unpack *u, const char *name, struct blob *b, struct error *e)
{
	b->u = u;
	b->fd = -1;
	b->tar = NULL;
	b->is_layer = false;
	b->read = 0;
	sha256_init(&b->sum);
	return u->is_tar ? open_member(u, name, b, e) : open_file(u, name, b, e);
}

void blob_close(struct blob *b)
{
	if (b->fd >= 0)
		close(b->fd);
	b->fd = -1;
	archive_read_free(b->tar);
	b->tar = NULL;
}

/* ---- Read ----------------------------------------------------------------------------------------- */

/* A sparse member would have gaps, and no image has one. */
static ssize_t read_member(struct blob *b, const void **data)
{
	size_t size = 0;
	la_int64_t offset;
	int result;

	while ((result = archive_read_data_block(b->tar, data, &size, &offset)) == ARCHIVE_OK && size == 0)
		;
	if (result == ARCHIVE_EOF)
		return 0;
	errno = EIO;
	return result == ARCHIVE_OK && (uint64_t)offset == b->read ? (ssize_t)size : -1;
}

ssize_t blob_read(struct blob *b, const void **data)
{
	ssize_t length;

	if (b->tar) {
		length = read_member(b, data);
	} else {
		*data = b->buffer;
		length = read(b->fd, b->buffer, sizeof b->buffer);
	}
	if (length <= 0)
		return length;
	sha256_update(&b->sum, length, *data);
	b->read += length;
	if (b->is_layer) {
		b->u->done += length;
		bar_show(b->u);
	}
	return length;
}

void finish_sum(struct sha256_ctx *sum, struct digest *d)
{
	uint8_t bytes[SHA256_DIGEST_SIZE];
	char *digits = d->hex;

	sha256_digest(sum, sizeof bytes, bytes);
	for (int i = 0; i < SHA256_DIGEST_SIZE; i++)
		digits += sprintf(digits, "%02x", bytes[i]);
}

int blob_check(struct blob *b, const struct digest *expected, struct error *e)
{
	struct digest found;
	const void *data;
	ssize_t length;

	while ((length = blob_read(b, &data)) > 0)
		;
	if (length == -1)
		return fail_call(e, "read a file of the image", "read()");
	finish_sum(&b->sum, &found);
	if (expected && strcmp(found.hex, expected->hex) != 0)
		return fail(e, "its digest is sha256:%s, and the image says sha256:%s; copy the image again", found.hex,
			    expected->hex);
	return 0;
}
