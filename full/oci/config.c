/*
 * config.c - config.json: a bundle's, by tables. A new key is a row.
 *
 *   read     the OCI runtime-spec's config.md and config-linux.md
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/files.h"
#include "base/list.h"
#include "base/text.h"
#include "bricks/seccomp.h"
#include "oci/config.h"
#include "oci/rows.h"

/* ---- JSON ---------------------------------------------------------------------------------------- */

/* The number of bytes of the JSON string that begins here, with its quotes. */
static size_t string_length(const char *text)
{
	size_t length = 1;

	while (text[length] && text[length] != '"')
		length += text[length] == '\\' && text[length + 1] ? 2 : 1;
	return length + (text[length] == '"');
}

/* jansson reads at most 2^63 - 1. A config.json can have 2^64 - 1, for "no limit", and the arguments of system calls are compared by all of
 * their 64 bits. So what is larger becomes the negative number that has the same 64 bits, and what has more bits becomes -1. */
static char *clip_numbers(const char *text)
{
	char *clipped = malloc(2 * strlen(text) + 1), *end = clipped, *rest = NULL;	/* a number may grow by its sign */
	uint64_t number;

	if (!clipped)
		abort();
	for (size_t length; *text; text += length) {
		length = *text == '"' ? string_length(text) : strspn(text, "+-.0123456789eE");
		length = length ? length : 1;
		number = strspn(text, "-0123456789") ? strtoull(text, &rest, 10) : 0;
		if (number <= INT64_MAX || rest != text + length)
			end = mempcpy(end, text, length);
		else
			end += sprintf(end, "%" PRId64, (int64_t)number);
	}
	*end = '\0';
	return clipped;
}

json_t *json_file(const char *path, struct error *e)
{
	const bool standard_input = strcmp(path, "-") == 0;
	const int fd = standard_input ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	char *text FREED = fd == -1 ? NULL : read_text(fd), *clipped FREED = text ? clip_numbers(text) : NULL;
	json_error_t where;
	json_t *json;

	if (!text) {
		fail_call(e, "read the engine's file", "%s(\"%s\")", fd == -1 ? "open" : "read", path);
		return remedy(e, ENOENT, "box oci spec creates a config.json"), NULL;
	}
	json = json_loads(clipped, JSON_REJECT_DUPLICATES, &where);
	if (!json)
		fail(e, "%s: line %d: %s", path, where.line, where.text);
	return json;
}

/* ---- linux --------------------------------------------------------------------------------------- */

static int read_namespace(struct reader *r, const json_t *value, const struct field *f UNUSED, void *into)
{
	static const struct { const char *type; unsigned long kind; } all[] = {
		{ "user", CLONE_NEWUSER }, { "pid", CLONE_NEWPID }, { "ipc", CLONE_NEWIPC }, { "cgroup", CLONE_NEWCGROUP }, { "uts", CLONE_NEWUTS },
		{ "mount", CLONE_NEWNS }, { "network", CLONE_NEWNET }, { "time", CLONE_NEWTIME },
	};
	struct { const char *type, *path; } row = { 0 };
	static const struct field fields[] = {
		{ .name = "type", .read = read_string, .place = 0, .required = true }, { .name = "path", .read = read_absolute, .place = sizeof(char *) }, { 0 }
	};

	if (read_fields(r, value, fields, &row) == -1)
		return -1;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(all[i].type, row.type) == 0) {
			*(struct namespace *)into = (struct namespace){ all[i].kind, row.path };
			return 0;
		}
	return fail_at(r, "box knows no namespace \"%s\"; namespaces(7) has the names", row.type);
}

struct device_row { const char *type, *path; int64_t major, minor; uint64_t mode, uid, gid; };

static const struct field device_fields[] = {
	{ .name = "type", .read = read_string, .place = offsetof(struct device_row, type), .required = true },
	{ .name = "path", .read = read_absolute, .place = offsetof(struct device_row, path), .required = true },
	{ .name = "major", .read = read_number, .place = offsetof(struct device_row, major) },
	{ .name = "minor", .read = read_number, .place = offsetof(struct device_row, minor) },
	{ .name = "fileMode", .read = read_count, .place = offsetof(struct device_row, mode) },
	{ .name = "uid", .read = read_count, .place = offsetof(struct device_row, uid) },
	{ .name = "gid", .read = read_count, .place = offsetof(struct device_row, gid) },
	{ 0 }
};

static int read_device(struct reader *r, const json_t *value, const struct field *f UNUSED, void *into)
{
	static const struct { const char *type; mode_t kind; } all[] = { { "c", S_IFCHR }, { "u", S_IFCHR }, { "b", S_IFBLK }, { "p", S_IFIFO } };
	struct device_row row = { .mode = 0666 };
	mode_t mode;

	if (read_fields(r, value, device_fields, &row) == -1)
		return -1;
	mode = row.mode & 07777;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(all[i].type, row.type) == 0) {
			*(struct device *)into = (struct device){ row.path, all[i].kind | mode, row.major, row.minor, row.uid, row.gid };
			return 0;
		}
	return fail_at(r, "\"%s\" is no type of a device; use c, u, b or p", row.type);
}

static int read_sysctls(struct reader *r, const json_t *value, const struct field *f UNUSED, void *into)
{
	struct sysctl **list = into;
	const char *key;
	const json_t *one;

	if (!json_is_object(value))
		return fail_at(r, "an object is wanted here");
	json_object_foreach((json_t *)value, key, one) {
		char *name = json_is_string(one) ? strdup(key) : NULL;

		if (!name)
			return fail_at(r, "%s: a string is wanted here", key);
		for (char *letter = name; *letter; letter++)
			*letter = *letter == '.' ? '/' : *letter;
		*list = append(*list, sizeof **list, &(struct sysctl){ name, json_string_value(one) });
	}
	return 0;
}

static const struct field engines_fields[] = {
	{ .name = "listenerPath", .read = read_absolute, .place = offsetof(struct engine, agent) },
	{ .name = "listenerMetadata", .read = read_string, .place = offsetof(struct engine, metadata) },
	{ .name = "flags", .read = refuse }, { 0 }
};

/* Docker's profiles have the same keys, but for these. */
static int read_seccomp(struct reader *r, const json_t *value, const struct field *f UNUSED, void *into)
{
	struct spec *s = into;
	char *text FREED = json_dumps(value, 0);

	if (!text)
		return fail_at(r, "not a profile");
	if (read_fields(r, value, engines_fields, &s->engine) == -1)
		return -1;
	s->own.seccomp = "config.json";
	if (profile_compile(text, UINT64_MAX, &s->filter, r->error) == -1)
		return wrap(r->error, "%s: %s", r->file, r->path);
	if (!seccomp_asks(&s->filter))
		s->engine.agent = NULL;
	else if (!s->engine.agent)
		return fail_at(r, "SCMP_ACT_NOTIFY needs a listenerPath, the socket of an agent");
	return 0;
}

static int read_personality(struct reader *r, const json_t *value, const struct field *f UNUSED, void *into)
{
	struct { const char *domain; char **flags; } row = { 0 };
	static const struct field fields[] = {
		{ .name = "domain", .read = read_string, .place = 0, .required = true }, { .name = "flags", .read = read_words, .place = sizeof(char *) }, { 0 }
	};

	if (read_fields(r, value, fields, &row) == -1)
		return -1;
	if (row.flags || (strcmp(row.domain, "LINUX") != 0 && strcmp(row.domain, "LINUX32") != 0))
		return fail_at(r, "use the domain LINUX or LINUX32, and no flags");
	*(int *)into = 1 + (strcmp(row.domain, "LINUX32") == 0 ? PER_LINUX32 : PER_LINUX);
	return 0;
}

static int read_offsets(struct reader *r, const json_t *value, const struct field *f UNUSED, void *into)
{
	struct offset { int64_t seconds; uint64_t nanoseconds; } now[2] = { 0 };
	static const struct field of_one[] = {
		{ .name = "secs", .read = read_number, .place = offsetof(struct offset, seconds) },
		{ .name = "nanosecs", .read = read_count, .place = offsetof(struct offset, nanoseconds) }, { 0 }
	}, fields[] = {
		{ .name = "monotonic", .read = read_object, .place = 0, .fields = of_one },
		{ .name = "boottime", .read = read_object, .place = sizeof *now, .fields = of_one }, { 0 }
	};

	if (read_fields(r, value, fields, now) == -1)
		return -1;
	*(char **)into = formatted("monotonic %" PRId64 " %" PRIu64 "\nboottime %" PRId64 " %" PRIu64 "\n",
				   now[0].seconds, now[0].nanoseconds, now[1].seconds, now[1].nanoseconds);
	return 0;
}

static const struct field linux_fields[] = {
	{ .name = "namespaces", .read = read_list, .place = offsetof(struct spec, namespaces), .size = sizeof(struct namespace), .element = read_namespace },
	{ .name = "uidMappings", .read = read_list, .place = offsetof(struct spec, maps[0]), .fields = map_fields, .size = sizeof(struct id_map) },
	{ .name = "gidMappings", .read = read_list, .place = offsetof(struct spec, maps[1]), .fields = map_fields, .size = sizeof(struct id_map) },
	{ .name = "devices", .read = read_list, .place = offsetof(struct spec, devices), .size = sizeof(struct device), .element = read_device },
	{ .name = "cgroupsPath", .read = read_string, .place = offsetof(struct spec, engine.cgroup) },
	{ .name = "resources", .read = read_resources, .place = offsetof(struct spec, resources) },
	{ .name = "rootfsPropagation", .read = read_propagation, .place = offsetof(struct spec, propagation) },
	{ .name = "sysctl", .read = read_sysctls, .place = offsetof(struct spec, sysctls) },
	{ .name = "maskedPaths", .read = read_words, .place = offsetof(struct spec, masked) },
	{ .name = "readonlyPaths", .read = read_words, .place = offsetof(struct spec, read_only_paths) },
	{ .name = "seccomp", .read = read_seccomp, .place = 0 },
	{ .name = "personality", .read = read_personality, .place = offsetof(struct spec, process.personality) },
	{ .name = "timeOffsets", .read = read_offsets, .place = offsetof(struct spec, clocks) },
	{ .name = "mountLabel", .read = read_label },
	{ .name = "intelRdt", .read = refuse },
	{ 0 }
};

/* ---- The whole ----------------------------------------------------------------------------------- */

static int read_version(struct reader *r, const json_t *value, const struct field *f, void *into UNUSED)
{
	const char *version;

	if (read_string(r, value, f, &version) == -1)
		return -1;
	return strncmp(version, "1.", 2) == 0 ? 0 : fail_at(r, "\"%s\": box knows version 1 of the runtime-spec", version);
}

static int read_rootfs(struct reader *r, const json_t *value, const struct field *f, void *into)
{
	const char *path;
	char *whole FREED = NULL;

	if (read_string(r, value, f, &path) == -1)
		return -1;
	whole = formatted("%s/%s", *path == '/' ? "" : r->base, path);
	if (!(*(char **)into = realpath(whole, NULL)))
		return fail_at(r, "%s: %s", path, strerror(errno));
	return 0;
}

/* Kept as text: the state has it, and so have the hooks' standard input. */
static int read_json(struct reader *r, const json_t *value, const struct field *f UNUSED, void *into)
{
	if (!json_is_object(value))
		return fail_at(r, "an object is wanted here");
	*(char **)into = json_dumps(value, 0);
	return 0;
}

bool keeps_groups(const json_t *annotations)
{
	const char *word = json_string_value(json_object_get(annotations, "run.oci.keep_original_groups"));

	return word && strcmp(word, "0") != 0;
}

static int read_annotations(struct reader *r, const json_t *value, const struct field *f, void *into)
{
	struct engine *engine = into;
	const char *key;
	const json_t *one;

	json_object_foreach((json_t *)value, key, one)
		if (!json_is_string(one))
			return fail_at(r, "%s: a string is wanted here", key);
	engine->keeps_groups = keeps_groups(value);
	return read_json(r, value, f, &engine->annotations);
}

static int read_hooks(struct reader *r, const json_t *value, const struct field *f, void *into)
{
	struct engine *engine = into;

	return read_json(r, value, f, &engine->hooks_text) == -1 ? -1 : read_fields(r, value, hook_fields, engine);
}

static const struct field root_fields[] = {
	{ .name = "path", .read = read_rootfs, .place = offsetof(struct spec, rootfs), .required = true },
	{ .name = "readonly", .read = read_flag, .place = offsetof(struct spec, read_only) },
	{ 0 }
};

static const struct field config_fields[] = {
	{ .name = "ociVersion", .read = read_version, .required = true },
	{ .name = "process", .read = read_object, .place = offsetof(struct spec, process), .fields = process_fields, .required = true },
	{ .name = "root", .read = read_object, .place = 0, .fields = root_fields, .required = true },
	{ .name = "hostname", .read = read_string, .place = offsetof(struct spec, hostname) },
	{ .name = "domainname", .read = read_string, .place = offsetof(struct spec, domainname) },
	{ .name = "mounts", .read = read_list, .place = offsetof(struct spec, mounts), .size = sizeof(struct mount), .element = read_mount },
	{ .name = "annotations", .read = read_annotations, .place = offsetof(struct spec, engine) },
	{ .name = "hooks", .read = read_hooks, .place = offsetof(struct spec, engine) },
	{ .name = "linux", .read = read_object, .place = 0, .fields = linux_fields },
	{ 0 }
};

static int read_file(const char *path, const char *base, const struct field *fields, void *into, struct error *e)
{
	struct reader r = { .file = path, .base = base, .error = e };
	json_t *json = json_file(path, e);	/* never freed: what we read points into it */

	return json ? read_fields(&r, json, fields, into) : -1;
}

/* What the tables can't say: how fields depend on others. */
static int check(const struct spec *s, struct error *e)
{
	unsigned long kinds = 0;

	for (const struct namespace *n = s->namespaces; n && n->kind; n++) {
		if (kinds & n->kind)
			return fail(e, "config.json: .linux.namespaces: a type is there twice; leave out one of the two");
		kinds |= n->kind;
	}
	if (!has_namespace(s, CLONE_NEWNS))
		return fail(e, "config.json: .linux.namespaces: without a mount namespace, the container's mounts would be the host's");
	if (s->hostname && *s->hostname && !has_namespace(s, CLONE_NEWUTS))
		return fail(e, "config.json: .hostname: without a UTS namespace, it would be the host's");
	if (s->domainname && *s->domainname && !has_namespace(s, CLONE_NEWUTS))
		return fail(e, "config.json: .domainname: without a UTS namespace, it would be the host's");
	if (s->clocks && !creates_namespace(s, CLONE_NEWTIME))
		return fail(e, "config.json: .linux.timeOffsets: only a new time namespace can have offsets");
	if (creates_namespace(s, CLONE_NEWUSER) && (!s->maps[0] || !s->maps[1]))
		return fail(e, "config.json: .linux.uidMappings: a user namespace needs uidMappings and gidMappings");
	return 0;
}

int config_read(const char *bundle, struct spec *s, struct error *e)
{
	const char *path = formatted("%s/config.json", bundle);

	s->process.umask = 022;
	s->own.write_through = true;	/* the engine has made an overlay, if it wants one */
	s->own.network = NETWORK_NONE;
	if (read_file(path, bundle, config_fields, s, e) == -1)
		return -1;
	if (s->hostname && !*s->hostname)
		s->hostname = NULL;
	if (s->domainname && !*s->domainname)
		s->domainname = NULL;
	return check(s, e);
}

int process_read(const char *path, struct spec *s, struct error *e)
{
	s->process.umask = 022;
	return read_file(path, "/", process_fields, &s->process, e);
}

int resources_read(const char *path, struct spec *s, struct error *e)
{
	struct reader r = { .file = path, .base = "/", .error = e };
	json_t *json = json_file(path, e);

	return json ? read_resources(&r, json, NULL, &s->resources) : -1;
}

int hooks_read(const char *text, struct spec *s, struct error *e)
{
	struct reader r = { .file = "hooks", .base = "/", .error = e };
	json_t *json = json_loads(text, 0, NULL);

	return json ? read_fields(&r, json, hook_fields, &s->engine) : fail(e, "the record's hooks are no JSON");
}
