/*
 * mounts.c - the mounts of a config.json: words of mount(8), and some of the runtimes' own.
 *
 *   read     the OCI runtime-spec's config.md, "Mounts"; mount(8), mount_setattr(2)
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "base/spec.h"
#include "oci/rows.h"

/* BELOW: the flag is for the mounts below it, too. */
static const struct { const char *word; unsigned long set, clear, propagation; bool below; } words[] = {
	{ "bind", MS_BIND, 0, 0, false }, { "rbind", MS_BIND | MS_REC, 0, 0, false }, { "defaults", 0, 0, 0, false },
	{ "ro", MS_RDONLY, 0, 0, false }, { "rw", 0, MS_RDONLY, 0, false }, { "rro", MS_RDONLY, 0, 0, true },
	{ "nosuid", MS_NOSUID, 0, 0, false }, { "suid", 0, MS_NOSUID, 0, false }, { "rnosuid", MS_NOSUID, 0, 0, true },
	{ "nodev", MS_NODEV, 0, 0, false }, { "dev", 0, MS_NODEV, 0, false }, { "rnodev", MS_NODEV, 0, 0, true },
	{ "noexec", MS_NOEXEC, 0, 0, false }, { "exec", 0, MS_NOEXEC, 0, false }, { "rnoexec", MS_NOEXEC, 0, 0, true },
	{ "noatime", MS_NOATIME, MS_RELATIME | MS_STRICTATIME, 0, false }, { "atime", 0, MS_NOATIME, 0, false },
	{ "nodiratime", MS_NODIRATIME, 0, 0, false }, { "diratime", 0, MS_NODIRATIME, 0, false },
	{ "relatime", MS_RELATIME, MS_NOATIME | MS_STRICTATIME, 0, false }, { "norelatime", 0, MS_RELATIME, 0, false },
	{ "strictatime", MS_STRICTATIME, MS_NOATIME | MS_RELATIME, 0, false }, { "nostrictatime", 0, MS_STRICTATIME, 0, false },
	{ "sync", MS_SYNCHRONOUS, 0, 0, false }, { "async", 0, MS_SYNCHRONOUS, 0, false }, { "dirsync", MS_DIRSYNC, 0, 0, false },
	{ "mand", 0, 0, 0, false }, { "nomand", 0, 0, 0, false }, { "silent", MS_SILENT, 0, 0, false }, { "loud", 0, MS_SILENT, 0, false },
	{ "private", 0, 0, MS_PRIVATE, false }, { "rprivate", 0, 0, MS_PRIVATE, false }, { "slave", 0, 0, MS_SLAVE, false },
	{ "rslave", 0, 0, MS_SLAVE, false }, { "shared", 0, 0, MS_SHARED, false }, { "rshared", 0, 0, MS_SHARED, false },
	{ "unbindable", 0, 0, MS_UNBINDABLE, false }, { "runbindable", 0, 0, MS_UNBINDABLE, false },
};

struct row { const char *destination, *type, *source; char **options; };

static const struct field row_fields[] = {
	{ .name = "destination", .read = read_string, .place = offsetof(struct row, destination), .required = true },
	{ .name = "type", .read = read_string, .place = offsetof(struct row, type) },
	{ .name = "source", .read = read_string, .place = offsetof(struct row, source) },
	{ .name = "options", .read = read_words, .place = offsetof(struct row, options) },
	{ 0 }
};

/* What is no flag is for the file system, in the format of mount(2)'s data. */
static void read_option(const char *option, struct mount *m, char *rest)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i].word, option) == 0) {
			m->flags = (m->flags & ~words[i].clear) | words[i].set;
			m->below |= words[i].below ? words[i].set : 0;
			m->propagation = words[i].propagation ? words[i].propagation : m->propagation;
			return;
		}
	if (strcmp(option, "tmpcopyup") == 0)
		m->copy_up = true;
	else
		strcat(strcat(rest, *rest ? "," : ""), option);
}

/* Paths begin with a slash here, and a relative source is in the bundle. */
static const char *absolute(const char *base, const char *path)
{
	char *whole;

	if (*path == '/')
		return path;
	if (asprintf(&whole, "%s/%s", base, path) == -1)
		abort();
	return whole;
}

int read_mount(struct reader *r, const json_t *value, const struct field *f UNUSED, void *into)
{
	struct row row = { 0 };
	struct mount *m = into;
	size_t length = 1;
	char *what;

	if (read_fields(r, value, row_fields, &row) == -1)
		return -1;
	*m = (struct mount){ .brick = "mounts", .type = row.type ? row.type : "bind", .target = absolute("", row.destination) };
	for (char **option = row.options; option && *option; option++)
		length += strlen(*option) + 1;
	char *rest = calloc(1, length);
	if (!rest || asprintf(&what, "mounts: %s", row.destination) == -1)
		abort();
	for (char **option = row.options; option && *option; option++)
		read_option(*option, m, rest);
	m->options = rest;
	if (m->flags & MS_BIND)
		m->type = "bind";
	if (strcmp(m->type, "bind") == 0) {
		if (!row.source)
			return fail_at(r, "a bind mount needs a source");
		m->source = absolute(r->base, row.source);
		m->propagation = m->propagation ? m->propagation : MS_PRIVATE;
	} else {
		m->source = row.source;
		m->type = strcmp(m->type, "cgroup") == 0 ? "cgroup2" : m->type;
	}
	if (strcmp(m->type, "proc") != 0 && strcmp(m->type, "sysfs") != 0 && strcmp(m->type, "cgroup2") != 0)
		m->what = what;
	return 0;
}
