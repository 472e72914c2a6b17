/*
 * mounts.c - the mounts of a config.json: words of mount(8), and some of the runtimes' own.
 *
 *   read     the OCI runtime-spec's config.md, "Mounts"; mount(8), mount_setattr(2)
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "base/list.h"
#include "base/parse.h"
#include "base/spec.h"
#include "base/text.h"
#include "oci/rows.h"

/* Of the words for flags, rro and so on are for the mounts below it, too. */
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
	const struct mount_word *w = find_mount_word(word);

	if (!w || (below && !((w->set | w->clear) & RECURSIVE)))
		return false;
	m->flags = (m->flags & ~w->clear) | w->set;
	if (below) {
		m->below = (m->below & ~w->clear) | w->set;
		m->cleared = (m->cleared & ~w->set) | w->clear;
	}
	if (w->propagation)
		m->propagation = w->propagation;
	return true;
}

char **mount_options(void)
{
	static const char *const ours[] = { "tmpcopyup", "idmap", "ridmap" };
	char **all = NULL;

	for (const struct mount_word *w = mount_words; w->word; w++) {
		char *recursive = (w->set | w->clear) & RECURSIVE ? formatted("r%s", w->word) : NULL;

		all = append(all, sizeof recursive, &w->word);
		if (recursive)
			all = append(all, sizeof recursive, &recursive);
	}
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		all = append(all, sizeof *ours, &ours[i]);
	return all;
}

/* What is no flag is for the file system, in the format of mount(2)'s data. */
static void read_option(const char *option, struct mount *m)
{
	if (read_flags(option, m, false) || (*option == 'r' && read_flags(option + 1, m, true)))
		return;
	if (strcmp(option, "tmpcopyup") == 0)
		m->copy_up = true;
	else if (strcmp(option, "idmap") == 0 || strcmp(option, "ridmap") == 0)
		m->translated = *option == 'r' ? MOUNTS_BELOW : THIS_MOUNT;
	else
		m->options = *m->options ? formatted("%s,%s", m->options, option) : option;
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

	if (read_fields(r, value, row_fields, &row) == -1)
		return -1;
	*m = (struct mount){ .brick = "mounts", .type = row.type ? row.type : "bind", .target = absolute("", row.destination), .options = "" };
	for (char **option = row.options; option && *option; option++)
		read_option(*option, m);
	memcpy(m->maps, row.maps, sizeof m->maps);
	if (!m->maps[0] != !m->maps[1])
		return fail_at(r, "a mount needs both uidMappings and gidMappings, or neither");
	if (m->maps[0] && !m->translated)
		m->translated = THIS_MOUNT;
	if (m->flags & MS_REMOUNT)
		m->type = "none";	/* it has one already, and keeps its place */
	else if (m->flags & MS_BIND)
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
		if (strcmp(m->type, "cgroup") == 0)
			m->type = "cgroup2";
	}
	if (strcmp(m->type, "proc") != 0 && strcmp(m->type, "sysfs") != 0 && strcmp(m->type, "cgroup2") != 0)
		m->what = formatted("mounts: %s", row.destination);
	return 0;
}

int read_propagation(struct reader *r, const json_t *value, const struct field *f, void *into)
{
	const struct mount_word *w;
	const char *word;

	if (read_string(r, value, f, &word) == -1)
		return -1;
	w = find_mount_word(word);
	if (*word && (!w || !w->propagation))
		return fail_at(r, "\"%s\" is no propagation; mount_namespaces(7) has the names", word);
	*(unsigned long *)into = w ? w->propagation : 0;
	return 0;
}
