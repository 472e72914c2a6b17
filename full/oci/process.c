/*
 * process.c - the process of a config.json or process.json, and hooks, which are processes, too.
 *
 *   read     the OCI runtime-spec's config.md, "Process" and "POSIX-platform Hooks"
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

#include "base/list.h"
#include "base/parse.h"
#include "base/spec.h"
#include "base/text.h"
#include "oci/rows.h"

/* ---- User ---------------------------------------------------------------------------------------- */

static int read_group(struct reader *r, const json_t *value, const struct field *f, void *into)
{
	uint64_t group = 0;

	if (read_count(r, value, f, &group) == -1)
		return -1;
	if (group >= UINT32_MAX)
		return fail_at(r, "%" PRIu64 " is no ID; the largest is %u", group, UINT32_MAX - 1);
	*(char **)into = formatted("%" PRIu64, group);
	return 0;
}

/* A struct process has the words that box run has: UID:GID, and a list of groups. */
static int read_user(struct reader *r, const json_t *value, const struct field *f UNUSED, void *into)
{
	struct process *p = into;
	struct { char *user, *group, **more; uint64_t umask; } u = { .umask = 022 };
	static const struct field fields[] = {
		{ .name = "uid", .read = read_group, .place = 0, .required = true },
		{ .name = "gid", .read = read_group, .place = sizeof(char *), .required = true },
		{ .name = "additionalGids", .read = read_list, .place = 2 * sizeof(char *), .size = sizeof(char *), .element = read_group },
		{ .name = "umask", .read = read_count, .place = 3 * sizeof(char *) },
		{ 0 }
	};

	if (read_fields(r, value, fields, &u) == -1)
		return -1;
	p->user = formatted("%s:%s", u.user, u.group);
	p->groups = u.more;
	p->umask = u.umask & 0777;
	return 0;
}

/* ---- Rights -------------------------------------------------------------------------------------- */

/* A capability that this kernel or box does not know is left out with a warning, as runc does it. */
static int read_set(struct reader *r, const json_t *value, const struct field *f, void *into)
{
	char **names = NULL, *unknown = NULL;
	struct error ignored;
	uint64_t one;

	if (read_words(r, value, f, &names) == -1)
		return -1;
	for (; names && *names; names++)
		if (strcasecmp(*names, "ALL") != 0 && parse_capability(*names, &one, &ignored) == 0)
			*(uint64_t *)into |= one;
		else
			unknown = formatted("%s \"%s\"", unknown ? unknown : "", *names);
	if (unknown)
		fail_at(r, "unknown capabilities, which box leaves out:%s", unknown);
	return 0;
}

static const struct field capability_fields[] = {
	{ .name = "bounding", .read = read_set, .place = offsetof(struct capabilities, bounding) },
	{ .name = "effective", .read = read_set, .place = offsetof(struct capabilities, effective) },
	{ .name = "permitted", .read = read_set, .place = offsetof(struct capabilities, permitted) },
	{ .name = "inheritable", .read = read_set, .place = offsetof(struct capabilities, inheritable) },
	{ .name = "ambient", .read = read_set, .place = offsetof(struct capabilities, ambient) },
	{ 0 }
};

/* They replace what there is, such as what exec has from the container. */
static int read_capabilities(struct reader *r, const json_t *value, const struct field *f, void *into)
{
	*(struct capabilities *)into = (struct capabilities){ 0 };
	return read_object(r, value, f, into);
}

struct rlimit_row { const char *type; uint64_t soft, hard; };

static const struct field rlimit_fields[] = {
	{ .name = "type", .read = read_string, .place = offsetof(struct rlimit_row, type), .required = true },
	{ .name = "soft", .read = read_number, .place = offsetof(struct rlimit_row, soft), .required = true },
	{ .name = "hard", .read = read_number, .place = offsetof(struct rlimit_row, hard), .required = true },
	{ 0 }
};

static int read_rlimit(struct reader *r, const json_t *value, const struct field *f UNUSED, void *into)
{
	struct rlimit_row row = { 0 };
	struct ulimit *u = into;
	struct error ignored = { 0 };
	char word[64];

	if (read_fields(r, value, rlimit_fields, &row) == -1)
		return -1;
	snprintf(word, sizeof word, "%s=0", strncmp(row.type, "RLIMIT_", 7) == 0 ? row.type + 7 : "");
	for (char *letter = word; *letter; letter++)
		*letter = tolower((unsigned char)*letter);
	if (parse_ulimit(word, u, &ignored) == -1)
		return fail_at(r, "\"%s\" is unknown; getrlimit(2) has the names", row.type);
	*u = (struct ulimit){ row.type, u->resource, row.soft, row.hard };	/* 2^64 - 1 is RLIM_INFINITY */
	return 0;
}

static int read_rlimits(struct reader *r, const json_t *value, const struct field *f, void *into)
{
	struct ulimit **list = into;

	if (read_list(r, value, f, into) == -1)
		return -1;
	for (const struct ulimit *one = *list; one && one->word; one++)
		for (const struct ulimit *other = one + 1; other->word; other++)
			if (other->resource == one->resource)
				return fail_at(r, "%s is there twice; leave out one of the two", one->word);
	return 0;
}

static int read_oom(struct reader *r, const json_t *value, const struct field *f, void *into)
{
	int64_t number;

	if (read_number(r, value, f, &number) == -1)
		return -1;
	if (number < -1000 || number > 1000)
		return fail_at(r, "%" PRId64 " is not from -1000 to 1000", number);
	*(char **)into = formatted("%" PRId64, number);
	return 0;
}

/* To be unconfined asks for nothing, and works without AppArmor. */
static int read_profile(struct reader *r, const json_t *value, const struct field *f, void *into)
{
	const char *profile;

	if (read_string(r, value, f, &profile) == -1)
		return -1;
	*(const char **)into = *profile && strcmp(profile, "unconfined") != 0 ? profile : NULL;
	return 0;
}

int read_label(struct reader *r, const json_t *value, const struct field *f, void *into UNUSED)
{
	const char *label;

	if (read_string(r, value, f, &label) == -1)
		return -1;
	return !*label ? 0 : fail_at(r, "box applies no SELinux labels; leave it empty");
}

static int read_args(struct reader *r, const json_t *value, const struct field *f, void *into)
{
	if (read_words(r, value, f, into) == -1)
		return -1;
	return *(char ***)into ? 0 : fail_at(r, "a command is wanted here, not an empty list");
}

static const struct field size_fields[] = {
	{ .name = "height", .read = read_count, .place = offsetof(struct process, size.rows) },
	{ .name = "width", .read = read_count, .place = offsetof(struct process, size.columns) },
	{ 0 }
};

const struct field process_fields[] = {
	{ .name = "terminal", .read = read_flag, .place = offsetof(struct process, terminal) },
	{ .name = "consoleSize", .read = read_object, .place = 0, .fields = size_fields },
	{ .name = "user", .read = read_user, .place = 0 },
	{ .name = "args", .read = read_args, .place = offsetof(struct process, args), .required = true },
	{ .name = "env", .read = read_words, .place = offsetof(struct process, env) },
	{ .name = "cwd", .read = read_absolute, .place = offsetof(struct process, cwd), .required = true },
	{ .name = "capabilities", .read = read_capabilities, .place = offsetof(struct process, capabilities), .fields = capability_fields },
	{ .name = "rlimits", .read = read_rlimits, .place = offsetof(struct process, rlimits), .size = sizeof(struct ulimit), .element = read_rlimit },
	{ .name = "noNewPrivileges", .read = read_flag, .place = offsetof(struct process, no_new_privs) },
	{ .name = "oomScoreAdj", .read = read_oom, .place = offsetof(struct process, oom_score_adj) },
	{ .name = "apparmorProfile", .read = read_profile, .place = offsetof(struct process, apparmor) },
	{ .name = "selinuxLabel", .read = read_label, .place = 0 },
	{ .name = "scheduler", .read = refuse }, { .name = "ioPriority", .read = refuse },
	{ 0 }
};

/* ---- Hooks --------------------------------------------------------------------------------------- */

static const struct field one_hook[] = {
	{ .name = "path", .read = read_absolute, .place = offsetof(struct hook, path), .required = true },
	{ .name = "args", .read = read_words, .place = offsetof(struct hook, args) },
	{ .name = "env", .read = read_words, .place = offsetof(struct hook, env) },
	{ .name = "timeout", .read = read_count, .place = offsetof(struct hook, timeout) },
	{ 0 }
};

#define HOOK(name_, point) { .name = (name_), .read = read_list, .place = offsetof(struct engine, hooks) + (point) * sizeof(struct hook *), \
			     .fields = one_hook, .size = sizeof(struct hook) }
const struct field hook_fields[] = {
	HOOK("prestart", PRESTART), HOOK("createRuntime", CREATE_RUNTIME), HOOK("createContainer", CREATE_CONTAINER),
	HOOK("startContainer", START_CONTAINER), HOOK("poststart", POSTSTART), HOOK("poststop", POSTSTOP),
	{ 0 }
};
