/*
 * mounts.c - the mounts of a config.json: words of mount(8), and some of the runtimes' own.
 *
 *   read     the OCI runtime-spec's config.md, "Mounts"; mount(8), mount_setattr(2)
 */
#define _GNU_SOURCE
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "base/list.h"
#include "base/spec.h"
#include "base/text.h"
#include "oci/rows.h"

static const struct { const char *word; unsigned long set, clear, propagation; } words[] = {
	{ "bind", MS_BIND, 0, 0 }, { "rbind", MS_BIND | MS_REC, 0, 0 }, { "defaults", 0, 0, 0 },
	{ "ro", MS_RDONLY, 0, 0 }, { "rw", 0, MS_RDONLY, 0 }, { "nosuid", MS_NOSUID, 0, 0 }, { "suid", 0, MS_NOSUID, 0 },
	{ "nodev", MS_NODEV, 0, 0 }, { "dev", 0, MS_NODEV, 0 }, { "noexec", MS_NOEXEC, 0, 0 }, { "exec", 0, MS_NOEXEC, 0 },
	{ "noatime", MS_NOATIME, MS_RELATIME | MS_STRICTATIME, 0 }, { "atime", 0, MS_NOATIME, 0 },
	{ "nodiratime", MS_NODIRATIME, 0, 0 }, { "diratime", 0, MS_NODIRATIME, 0 },
	{ "relatime", MS_RELATIME, MS_NOATIME | MS_STRICTATIME, 0 }, { "norelatime", 0, MS_RELATIME, 0 },
	{ "strictatime", MS_STRICTATIME, MS_NOATIME | MS_RELATIME, 0 }, { "nostrictatime", 0, MS_STRICTATIME, 0 },
	{ "nosymfollow", MS_NOSYMFOLLOW, 0, 0 }, { "symfollow", 0, MS_NOSYMFOLLOW, 0 },
	{ "iversion", MS_I_VERSION, 0, 0 }, { "noiversion", 0, MS_I_VERSION, 0 }, { "lazytime", MS_LAZYTIME, 0, 0 }, { "nolazytime", 0, MS_LAZYTIME, 0 },
	{ "sync", MS_SYNCHRONOUS, 0, 0 }, { "async", 0, MS_SYNCHRONOUS, 0 }, { "dirsync", MS_DIRSYNC, 0, 0 },
	{ "mand", 0, 0, 0 }, { "nomand", 0, 0, 0 }, { "silent", MS_SILENT, 0, 0 }, { "loud", 0, MS_SILENT, 0 },
	{ "private", 0, 0, MS_PRIVATE }, { "rprivate", 0, 0, MS_PRIVATE }, { "slave", 0, 0, MS_SLAVE },
	{ "rslave", 0, 0, MS_SLAVE }, { "shared", 0, 0, MS_SHARED }, { "rshared", 0, 0, MS_SHARED },
	{ "unbindable", 0, 0, MS_UNBINDABLE }, { "runbindable", 0, 0, MS_UNBINDABLE },
};

/* Of these, rro and so on are for the mounts below it, too. */
enum { RECURSIVE = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME | MS_NOSYMFOLLOW };

const struct field map_fields[] = {
	{ .name = "containerID", .read = read_count, .place = offsetof(struct id_map, inside), .required = true },
	{ .name = "hostID", .read = read_count, .place = offsetof(struct id_map, outside), .required = true },
	{ .name = "size", .read = read_count, .place = offsetof(struct id_map, count), .required = true },
	{ 0 }
};

struct row { const char *destination, *type, *source; char **options; struct id_map *maps[2]; };

static const struct field row_fields[] = {
	{ .name = "destination", .read = read_string, .place = offsetof(struct row, destination), .required = true },
	{ .name = "type", .read = read_string, .place = offsetof(struct row, type) },
	{ .name = "source", .read = read_string, .place = offsetof(struct row, source) },
	{ .name = "options", .read = read_words, .place = offsetof(struct row, options) },
	{ .name = "uidMappings", .read = read_list, .place = offsetof(struct row, maps[0]), .fields = map_fields, .size = sizeof(struct id_map) },
	{ .name = "gidMappings", .read = read_list, .place = offsetof(struct row, maps[1]), .fields = map_fields, .size = sizeof(struct id_map) },
	{ 0 }
};

static bool read_flags(const char *word, struct mount *m, bool below)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcmp(words[i].word, word) != 0 || (below && !((words[i].set | words[i].clear) & RECURSIVE)))
			continue;
		m->flags = (m->flags & ~words[i].clear) | words[i].set;
		m->below = below ? (m->below & ~words[i].clear) | words[i].set : m->below;
		m->cleared = below ? (m->cleared & ~words[i].set) | words[i].clear : m->cleared;
		m->propagation = words[i].propagation ? words[i].propagation : m->propagation;
		return true;
	}
	return false;
}

char **mount_options(void)
{
	static const char *const ours[] = { "tmpcopyup", "idmap", "ridmap" };
	char **all = NULL;

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		char *recursive = (words[i].set | words[i].clear) & RECURSIVE ? formatted("r%s", words[i].word) : NULL;

		all = append(all, sizeof recursive, &words[i].word);
		if (recursive)
			all = append(all, sizeof recursive, &recursive);
	}
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		all = append(all, sizeof *ours, &ours[i]);
	return all;
}

/* What is no flag is for the file system, in the format of mount(2)'s data. */
static void read_option(const char *option, struct mount *m, char *rest)
{
	if (read_flags(option, m, false) || (*option == 'r' && read_flags(option + 1, m, true)))
		return;
	if (strcmp(option, "tmpcopyup") == 0)
		m->copy_up = true;
	else if (strcmp(option, "idmap") == 0 || strcmp(option, "ridmap") == 0)
		m->translated = *option == 'r' ? MOUNTS_BELOW : THIS_MOUNT;
	else
		strcat(strcat(rest, *rest ? "," : ""), option);
}

/* Paths begin with a slash here, and a relative source is in the bundle. */
static const char *absolute(const char *base, const char *path)
{
	return *path == '/' ? path : formatted("%s/%s", base, path);
}

int read_mount(struct reader *r, const json_t *value, const struct field *f UNUSED, void *into)
{
	struct row row = { 0 };
	struct mount *m = into;
	size_t length = 1;

	if (read_fields(r, value, row_fields, &row) == -1)
		return -1;
	*m = (struct mount){ .brick = "mounts", .type = row.type ? row.type : "bind", .target = absolute("", row.destination) };
	for (char **option = row.options; option && *option; option++)
		length += strlen(*option) + 1;
	char *rest = calloc(1, length);
	if (!rest)
		abort();
	for (char **option = row.options; option && *option; option++)
		read_option(*option, m, rest);
	m->options = rest;
	memcpy(m->maps, row.maps, sizeof m->maps);
	if (!m->maps[0] != !m->maps[1])
		return fail_at(r, "a mount needs both uidMappings and gidMappings, or neither");
	if (m->maps[0] && !m->translated)
		m->translated = THIS_MOUNT;
	if (m->flags & MS_BIND)
		m->type = "bind";
	if (strcmp(m->type, "bind") == 0) {
		if (!row.source)
			return fail_at(r, "a bind mount needs a source");
		m->source = absolute(r->base, row.source);
		m->propagation = m->propagation ? m->propagation : MS_PRIVATE;
	} else if (m->translated) {
		return fail_at(r, "box translates the owners of bind mounts only");
	} else {
		m->source = row.source;
		m->type = strcmp(m->type, "cgroup") == 0 ? "cgroup2" : m->type;
	}
	if (strcmp(m->type, "proc") != 0 && strcmp(m->type, "sysfs") != 0 && strcmp(m->type, "cgroup2") != 0)
		m->what = formatted("mounts: %s", row.destination);
	return 0;
}
