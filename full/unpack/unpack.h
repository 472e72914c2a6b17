/*
 * unpack.h - box-unpack: makes a bundle, which is a root file system and a config.json, from an image.
 *
 * An image is hostile input. So two processes share the work. The outside (main.c) parses nothing: it opens the image, creates
 * the bundle under a temporary name, and gives the bundle its name, or removes it. The inside (all other files) first gives up
 * what it does not need (confine.c): its root directory is the bundle's rootfs, and it reads the image through one descriptor.
 */
#ifndef UNPACK_H
#define UNPACK_H

#include <jansson.h>
#include <limits.h>
#include <nettle/sha2.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/error.h"
#include "bricks/container.h"

struct archive;
struct archive_entry;

/* What could not be kept: how many members, and the name of the first. */
enum lost { LOST_OWNERS, LOST_DEVICES, LOST_ATTRIBUTES, LOST_KINDS };
struct loss { unsigned long count; char first[256]; };

/* What the inside tells the outside, in shared memory. The outside trusts none of it. */
struct report {
	struct error error;
	struct loss lost[LOST_KINDS];
};

struct unpack {
	struct container container;	/* first, because user_start() passes its address on; only its maps and rootless matter */
	const char *image, *tag;	/* image: path, for messages; tag: NULL if the user gave none */
	const char *digest;		/* that index.json must have for the tag; NULL: any */
	uint64_t most_bytes, most_entries;	/* limits: of all that the layers unpack to, and of their members */
	int source;			/* the layout's directory, or a tar */
	char path[PATH_MAX];		/* its absolute path */
	bool is_tar;
	int parent;			/* directory in which the bundle is created */
	char name[NAME_MAX + 1], temporary[NAME_MAX + 1];	/* of the bundle in there */
	int bundle;			/* descriptor of the temporary directory, which it locks */
	int config;			/* descriptor of the bundle's config.json */
	bool has_bar;			/* show how far it is: stderr is a terminal */
	uint64_t done, total;		/* bytes of the layers, as they are in the image */
	time_t shown;			/* in tenths of a second */
	struct report *report;
	pid_t outside;			/* the process that waits for the inside */
};

/* ---- confine.c: the inside's walls ---------------------------------------------------------------- */

/* Give up everything but the image, the bundle, and the rights to create files for any user. namespaces(7), capabilities(7) */
CHECKED int confine(struct unpack *u, struct error *e);

/* Allow only system calls on files: no other program, no network. seccomp(2) */
CHECKED int confine_calls(struct error *e);

/* ---- source.c: the files of an image -------------------------------------------------------------- */

enum { HEX = 64 };		/* digits of a SHA-256 */
struct digest { char hex[HEX + 1]; };

/* A file of the image that is being read. */
struct blob {
	struct unpack *u;
	int fd;				/* in a directory; or -1 */
	struct archive *tar;		/* at this member; or NULL */
	bool is_layer;			/* it counts for the bar */
	uint64_t size, read;
	struct sha256_ctx sum;
	unsigned char buffer[1 << 16];
};
#define BLOB_CLOSED __attribute__((cleanup(blob_close)))

/* Open the file NAME of the image. If there is none, e->number is ENOENT. libarchive(3) */
CHECKED int blob_open(struct unpack *u, const char *name, struct blob *b, struct error *e);
void blob_close(struct blob *b);

/* The next piece of it, at *DATA. Returns its length, 0 at the end, or -1 with errno. */
ssize_t blob_read(struct blob *b, const void **data);

/* Read the rest, and fail unless the file had this digest (NULL: any). */
CHECKED int blob_check(struct blob *b, const struct digest *expected, struct error *e);

/* Convert a finished sum into hexadecimal digits. */
void finish_sum(struct sha256_ctx *sum, struct digest *d);

/* ---- image.c: what the image consists of ---------------------------------------------------------- */

enum { MOST_LAYERS = 500 };

struct layer {
	char *file;			/* in the image */
	int (*filter)(struct archive *);	/* enables what decompresses it */
	struct digest digest, content;	/* of the file, empty if unknown; of what it decompresses to */
	uint64_t size;			/* of the file; 0 if unknown */
};

struct image {
	json_t *config;
	struct layer layers[MOST_LAYERS];
	size_t count;
};

/* Find the image's config and layers, by its tag and this machine's architecture. OCI image-spec: image-layout.md */
CHECKED int image_find(struct unpack *u, struct image *image, struct error *e);

/* The member NAME of the object FROM, which is at WHERE, of this type. Returns NULL, with *E, if it is missing or another type. */
json_t *member(const json_t *from, const char *name, json_type type, const char *where, struct error *e);

/* The same, but it may be missing or null: *FOUND is NULL then. */
CHECKED int optional(const json_t *from, const char *name, json_type type, const char *where, json_t **found, struct error *e);

/* ---- layer.c, tree.c: the layers, and the files in them -------------------------------------------- */

/* Apply all layers, one after the other. OCI image-spec: layer.md */
CHECKED int layers_apply(struct unpack *u, const struct image *image, struct error *e);

/* The directory that becomes the root file system: ours. */
struct tree {
	int at;				/* the directory that the last member is in; or -1 */
	char path[PATH_MAX];		/* its path from the root; "": the root itself */
	uint64_t inode;
	struct timespec times[2];	/* its times, which change when something is created in it */
	uint64_t *own;			/* hash table of the names that the current layer has created; 0: a free slot */
	size_t count, slots;
	struct report *report;
};

/* Put the next member of a layer into the tree. DATA is the archive, at the member's contents. */
CHECKED int tree_put(struct tree *t, struct archive *data, struct archive_entry *entry, struct error *e);

/* The layer is complete: restore the times of the last directory, and forget whose names are whose. */
void tree_finish_layer(struct tree *t);

/* ---- config.c, bar.c -------------------------------------------------------------------------------- */

/* Write config.json from the image's config. OCI image-spec: conversion.md; runtime-spec: config.md */
CHECKED int config_write(struct unpack *u, json_t *config, struct error *e);

/* Draw the bar on the terminal, unless it was drawn in the last tenth of a second; and erase it. */
void bar_show(struct unpack *u);
void bar_erase(const struct unpack *u);

#endif
