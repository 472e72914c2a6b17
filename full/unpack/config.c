/*
 * config.c - writes the bundle's config.json, which tells an OCI runtime how to run the image.
 *
 *   see      box unpack IMAGE BUNDLE; cat BUNDLE/config.json
 *   read     OCI image-spec: config.md, conversion.md; OCI runtime-spec: config.md, config-linux.md
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/files.h"
#include "base/parse.h"
#include "base/spec.h"
#include "bricks/user.h"
#include "unpack/unpack.h"

#define WHERE "the image's config"
#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* ---- What every container has ---------------------------------------------------------------------- */

static json_t *capability_sets(void)
{
	json_t *names = json_array();

	for (size_t i = 0; capability_names[i]; i++)
		if (DEFAULT_CAPABILITIES >> i & 1)
			json_array_append_new(names, json_sprintf("CAP_%s", capability_names[i]));
	return json_pack("{sosOsO}", "bounding", names, "effective", names, "permitted", names);
}

static json_t *words_of(char *const *list)
{
	json_t *all = json_array();

	for (; *list; list++)
		json_array_append_new(all, json_string(*list));
	return all;
}

static json_t *namespaces_of(const struct unpack *u)
{
	json_t *all = json_loads(BUNDLE_NAMESPACES, 0, NULL);

	if (u->container.rootless)
		json_array_append_new(all, json_pack("{ss}", "type", "user"));
	return all;
}

/* The files belong to IDs of the map with which they were unpacked. */
static json_t *mappings(const struct id_map *map)
{
	json_t *all = json_array();

	for (; map->count; map++)
		json_array_append_new(all, json_pack("{sIsIsI}", "containerID", (json_int_t)map->inside, "hostID",
						     (json_int_t)map->outside, "size", (json_int_t)map->count));
	return all;
}

static json_t *linux_part(const struct unpack *u)
{
	json_t *all = json_pack("{sosososo}", "namespaces", namespaces_of(u), "maskedPaths", words_of(masked_paths),
				"readonlyPaths", words_of(read_only_paths),
				"resources", json_pack("{s[{sbss}]}", "devices", "allow", 0, "access", "rwm"));

	if (u->container.rootless) {
		json_object_set_new(all, "uidMappings", mappings(u->container.maps[USERS]));
		json_object_set_new(all, "gidMappings", mappings(u->container.maps[GROUPS]));
	}
	return all;
}

/* ---- What the image says --------------------------------------------------------------------------- */

static int add_strings(json_t *to, const json_t *from, const char *name, struct error *e)
{
	json_t *list, *one;
	size_t i;

	if (optional(from, name, JSON_ARRAY, WHERE, &list, e) == -1)
		return -1;
	json_array_foreach(list, i, one) {
		if (!json_is_string(one))
			return fail(e, WHERE ": \"%s\" must contain strings", name);
		json_array_append(to, one);
	}
	return 0;
}

static int add_user(json_t *process, const json_t *from, struct error *e)
{
	struct identity who = { 0 };
	json_t *user, *it, *more;

	if (optional(from, "User", JSON_STRING, WHERE, &user, e) == -1)
		return -1;
	if (find_user(user && json_string_length(user) ? json_string_value(user) : "0", NULL, &who, e) == -1)
		return wrap(e, WHERE ": \"User\"");
	it = json_pack("{sIsI}", "uid", (json_int_t)who.user, "gid", (json_int_t)who.group);
	more = json_array();
	for (int i = 0; i < who.count; i++)
		json_array_append_new(more, json_integer(who.more[i]));
	if (who.count)
		json_object_set(it, "additionalGids", more);
	json_decref(more);
	json_object_set_new(process, "user", it);
	free(who.more);
	free(who.home);
	return 0;
}

static int add_workdir(json_t *process, const json_t *from, struct error *e)
{
	json_t *directory;
	const char *path;

	if (optional(from, "WorkingDir", JSON_STRING, WHERE, &directory, e) == -1)
		return -1;
	path = directory && json_string_length(directory) ? json_string_value(directory) : "/";
	if (*path != '/')
		return fail(e, WHERE ": \"WorkingDir\" must begin with /");
	json_object_set_new(process, "cwd", json_string(path));
	return 0;
}

static bool has_path(const json_t *environment)
{
	size_t i;
	json_t *one;

	json_array_foreach(environment, i, one)
		if (strncmp(json_string_value(one), "PATH=", 5) == 0)
			return true;
	return false;
}

/* A COMMAND of box run replaces the rest. */
static int add_count(json_t *annotations, const json_t *words)
{
	return json_object_set_new(annotations, ENTRYPOINT_WORDS, json_sprintf("%zu", json_array_size(words)));
}

/* The process of the image, or NULL. */
static json_t *process_of(const json_t *from, json_t *annotations, struct error *e)
{
	json_t *words = json_array(), *environment = json_array();
	json_t *process = json_pack("{sbsososbso}", "terminal", 0, "args", words, "env", environment, "noNewPrivileges", 1,
				    "capabilities", capability_sets());

	if (add_strings(words, from, "Entrypoint", e) == 0 && add_count(annotations, words) == 0 &&
	    add_strings(words, from, "Cmd", e) == 0 &&
	    add_strings(environment, from, "Env", e) == 0 && add_workdir(process, from, e) == 0 &&
	    add_user(process, from, e) == 0) {
		if (json_array_size(words) == 0)
			json_array_append_new(words, json_string("/bin/sh"));
		if (!has_path(environment))
			json_array_append_new(environment, json_string(DEFAULT_PATH));
		return process;
	}
	json_decref(process);
	return NULL;
}

/* Labels, and what conversion.md adds to them. */
static int add_annotations(json_t *to, const json_t *config, const json_t *from, struct error *e)
{
	static const struct { const char *name, *as; bool inner; } plain[] = {
		{ "os", "org.opencontainers.image.os", false }, { "architecture", "org.opencontainers.image.architecture", false },
		{ "author", "org.opencontainers.image.author", false }, { "created", "org.opencontainers.image.created", false },
		{ "StopSignal", "org.opencontainers.image.stopSignal", true },
	};
	json_t *labels, *value;
	const char *name;

	for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
		if (optional(plain[i].inner ? from : config, plain[i].name, JSON_STRING, WHERE, &value, e) == -1)
			return -1;
		if (value && json_string_length(value))
			json_object_set(to, plain[i].as, value);
	}
	if (optional(from, "Labels", JSON_OBJECT, WHERE, &labels, e) == -1)
		return -1;
	json_object_foreach(labels, name, value) {
		if (!json_is_string(value))
			return fail(e, WHERE ": the label \"%s\" must be a string", name);
		json_object_set(to, name, value);
	}
	return 0;
}

int config_write(struct unpack *u, json_t *config, struct error *e)
{
	json_t *from, *process, *annotations = json_object(), *all;
	char *text FREED = NULL;

	if (optional(config, "config", JSON_OBJECT, WHERE, &from, e) == -1 || add_annotations(annotations, config, from, e) == -1 ||
	    !(process = process_of(from, annotations, e))) {
		json_decref(annotations);
		return -1;
	}
	all = json_pack("{sssos{sssb}sososo}", "ociVersion", "1.0.2", "process", process, "root", "path", "rootfs", "readonly", 0,
			"mounts", json_loads(BUNDLE_MOUNTS, 0, NULL), "annotations", annotations, "linux", linux_part(u));
	text = json_dumps(all, JSON_INDENT(2));
	json_decref(all);
	if (!text || write_text(u->config, text, strlen(text)) == -1 || write_text(u->config, "\n", 1) == -1)
		return fail_call(e, "write config.json", "write()");
	return 0;
}
