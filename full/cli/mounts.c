/*
 * mounts.c - --mount and --device: docker's other words for a volume and a tmpfs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/list.h"
#include "base/text.h"
#include "cli/cli.h"

/* The keys of --mount. A key without a value is a flag. */
enum key { TYPE, SOURCE, TARGET, READ_ONLY, PROPAGATION, RECURSIVE, RELABEL, CONSISTENCY, TMPFS_SIZE, TMPFS_MODE, KEYS };

static const struct { const char *name; enum key key; } names[] = {
	{ "type", TYPE }, { "source", SOURCE }, { "src", SOURCE }, { "target", TARGET }, { "dst", TARGET }, { "destination", TARGET },
	{ "readonly", READ_ONLY }, { "ro", READ_ONLY }, { "bind-propagation", PROPAGATION }, { "bind-recursive", RECURSIVE },
	{ "relabel", RELABEL }, { "consistency", CONSISTENCY }, { "tmpfs-size", TMPFS_SIZE }, { "tmpfs-mode", TMPFS_MODE },
};

/* The values that a key can have, if not any, and what to say about others. */
static const struct { const char *values[7], *answer; } choices[KEYS] = {
	[PROPAGATION] = { { "private", "rprivate", "slave", "rslave", "shared", "rshared" },
			  "use rprivate, rslave or rshared; box has no unbindable, because a container can bind nothing without CAP_SYS_ADMIN" },
	[RECURSIVE] = { { "enabled" }, "box binds SRC with all mounts below it, and readonly is for all of them; use enabled, or omit it" },
	[RELABEL] = { { "shared", "private" }, "use shared or private; like z and Z of --volume, they do nothing without SELinux" },
	[CONSISTENCY] = { { "default", "consistent", "cached", "delegated" }, "use default, or omit it; no value does anything on Linux" },
};

static bool can_be(enum key key, const char *value)
{
	const char *const *choice = choices[key].values;

	while (*choice && strcmp(*choice, value) != 0)
		choice++;
	return *choice || choice == choices[key].values;
}

/* Cut TEXT, a list KEY=VALUE,..., into VALUES. */
static int read_keys(char *text, const char *values[KEYS], struct error *e)
{
	char *one;

	while ((one = strsep(&text, ","))) {
		const char *name = strsep(&one, "=");
		size_t i = 0;

		while (i < sizeof names / sizeof *names && strcmp(names[i].name, name) != 0)
			i++;
		if (i == sizeof names / sizeof *names || (!one && names[i].key != READ_ONLY))
			return fail(e, "\"%s\" is unknown, or has no value; use type, src, dst, readonly, bind-propagation, bind-recursive, "
				       "relabel, consistency, tmpfs-size and tmpfs-mode; box keeps no volumes of its own", name);
		values[names[i].key] = one ? one : "true";
		if (!can_be(names[i].key, values[names[i].key]))
			return fail(e, "%s=%s: %s", name, one, choices[names[i].key].answer);
	}
	return 0;
}

static bool is_true(const char *value)
{
	return value && (strcmp(value, "true") == 0 || strcmp(value, "1") == 0);
}

/* SRC may contain a colon here, so the parser of --volume is told of the rest alone. */
static int add_bind(struct spec *s, const char *values[KEYS], struct error *e)
{
	const char *propagation = values[PROPAGATION] ? values[PROPAGATION] : "rprivate";
	struct mount m;
	char *word FREED = NULL;

	if (!values[SOURCE] || values[TMPFS_SIZE] || values[TMPFS_MODE])
		return fail(e, "a bind has src, and no tmpfs-size and tmpfs-mode");
	word = formatted("/:%s:%s,%s%s", values[TARGET], propagation, is_true(values[READ_ONLY]) ? "ro" : "rw", values[RELABEL] ? ",z" : "");
	if (parse_volume(word, &m, e) == -1)
		return -1;
	if (!(m.source = realpath(values[SOURCE], NULL)))
		return fail(e, "src %s: %s", values[SOURCE], strerror(errno));
	s->mounts = append(s->mounts, sizeof m, &m);
	return 0;
}

static int add_tmpfs(struct spec *s, const char *values[KEYS], struct error *e)
{
	const char *size = values[TMPFS_SIZE], *mode = values[TMPFS_MODE] ? values[TMPFS_MODE] : "1777";
	struct mount m;
	char *word FREED = NULL;

	if (values[SOURCE] || values[PROPAGATION] || values[RECURSIVE] || values[RELABEL])
		return fail(e, "a tmpfs has no src, bind-propagation, bind-recursive and relabel");
	word = formatted("%s:%s%s%s,mode=%s", values[TARGET], is_true(values[READ_ONLY]) ? "ro" : "rw",
			 size ? ",size=" : "", size ? size : "", mode);
	if (parse_tmpfs(word, &m, e) == -1)
		return -1;
	s->mounts = append(s->mounts, sizeof m, &m);
	return 0;
}

/* docker-run(1): without a type, it is a volume of docker's, which box does not have. */
int take_mount(void *into, const struct option *o, const char *word, struct error *e)
{
	const char *values[KEYS] = { 0 };
	char *text FREED = formatted("%s", word);
	int result;

	if (read_keys(text, values, e) == -1)
		return wrap(e, "--%s %s", o->name, word);
	if (!values[TYPE] || (strcmp(values[TYPE], "bind") != 0 && strcmp(values[TYPE], "tmpfs") != 0))
		return fail(e, "--%s %s: use type=bind or type=tmpfs; box keeps no volumes of its own", o->name, word);
	if (!values[TARGET])
		return fail(e, "--%s %s: dst is missing", o->name, word);
	result = (*values[TYPE] == 'b' ? add_bind : add_tmpfs)(into, values, e);
	return result == -1 ? wrap(e, "--%s %s", o->name, word) : 0;
}

/* ACCESS has the letters of docker-run(1): read, write, and mknod(2). */
static int add_rule(struct spec *s, const struct stat *device, const char *access, struct error *e)
{
	struct device_rule rule = { .allow = true, .major = major(device->st_rdev), .minor = minor(device->st_rdev) };

	rule.type = S_ISBLK(device->st_mode) ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
	if (!*access || access[strspn(access, "rwm")])
		return fail(e, "\"%s\" is no access; use one or more of r, w and m (and DST is an absolute path)", access);
	rule.access = access_of(access);
	if (geteuid() != 0 && rule.access != ALL_ACCESS)
		return fail(e, "only root can restrict the access to a device; omit \":%s\", and let the node's mode decide", access);
	s->resources.devices = append(s->resources.devices, sizeof rule, &rule);
	return 0;
}

/* A device's node is bind-mounted, like a file: mknod(2) would need a capability that a user namespace can't give. */
int take_device(void *into, const struct option *o, const char *word, struct error *e)
{
	struct spec *s = into;
	char path[PATH_MAX], volume[2 * PATH_MAX];
	const size_t length = strcspn(word, ":");
	const char *rest = word[length] ? word + length + 1 : "rwm", *target = *rest == '/' ? rest : path;
	const char *access = *rest == '/' ? strchr(rest, ':') : rest;
	struct mount m;
	struct stat it;

	snprintf(path, sizeof path, "%.*s", (int)length, word);
	snprintf(volume, sizeof volume, "%s:%.*s", path, (int)strcspn(target, ":"), target);
	if (stat(path, &it) == -1)
		return fail(e, "--%s %s: %s", o->name, path, strerror(errno));
	if (!S_ISCHR(it.st_mode) && !S_ISBLK(it.st_mode))
		return fail(e, "--%s %s: not a device; use a path such as /dev/fuse, or --volume for files", o->name, path);
	if (add_rule(s, &it, access ? access + (*access == ':') : "rwm", e) == -1 || parse_volume(volume, &m, e) == -1)
		return wrap(e, "--%s %s", o->name, word);
	s->mounts = append(s->mounts, sizeof m, &m);
	return 0;
}
