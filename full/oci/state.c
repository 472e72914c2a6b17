/*
 * state.c - what an engine asks about its containers: state, list, ps, events; pause, resume and update.
 *
 *   read     the OCI runtime-spec's runtime.md, "State"; runc(8) on events and ps
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/files.h"
#include "base/list.h"
#include "bricks/cgroup.h"
#include "life/control.h"
#include "life/gate.h"
#include "life/store.h"
#include "oci/config.h"
#include "oci/oci.h"

static int print_json(json_t *json, size_t layout)
{
	char *text FREED = json_dumps(json, layout);

	json_decref(json);
	return text && puts(text) != EOF ? 0 : -1;
}

static int find(char **words, struct state *s, struct error *e)
{
	return words[0] ? store_get(words[0], s, e) : fail(e, "an ID is missing");
}

static const char *status_of(const struct state *s)
{
	CLOSED int directory = store_directory(s);

	if (s->pidfd < 0)
		return "stopped";
	if (gate_is_shut(directory))
		return "created";
	return s->paused ? "paused" : "running";
}

static json_t *state_json(const struct state *s)
{
	const json_t *json = s->json, *box = json_object_get(json, "box");

	return json_pack("{s:s, s:s, s:i, s:s, s:O, s:O, s:O, s:O}", "ociVersion", "1.0.2",
			 "id", s->id, "pid", s->pidfd < 0 ? 0 : s->pid, "status", status_of(s),
			 "bundle", json_object_get(json, "bundle"), "rootfs", json_object_get(box, "rootfs"),
			 "created", json_object_get(json, "startedAt"), "annotations", json_object_get(json, "annotations"));
}

int oci_state(const struct request *r UNUSED, char **words, struct error *e)
{
	struct state s = { .pidfd = -1 };

	return find(words, &s, e) == -1 ? -1 : print_json(state_json(&s), JSON_INDENT(2));
}

static void print_row(const json_t *one, bool only_id)
{
	const char *id = json_string_value(json_object_get(one, "id"));

	if (only_id)
		puts(id);
	else
		printf("%-30s %-8lld %-8s %-30s %s\n", id, (long long)json_integer_value(json_object_get(one, "pid")),
		       json_string_value(json_object_get(one, "status")), json_string_value(json_object_get(one, "bundle")),
		       json_string_value(json_object_get(one, "created")));
}

int oci_list(const struct request *r, char **words UNUSED, struct error *e)
{
	struct state *all FREED = NULL;
	json_t *list = json_array();
	const int count = store_list(&all, false, e);

	if (count == -1)
		return -1;
	for (int i = 0; i < count; i++)
		if (all[i].engines)
			json_array_append_new(list, state_json(&all[i]));
	if (r->format == AS_JSON)
		return print_json(list, JSON_COMPACT);
	if (!r->quiet)
		printf("%-30s %-8s %-8s %-30s %s\n", "ID", "PID", "STATUS", "BUNDLE", "CREATED");
	for (size_t i = 0; i < json_array_size(list); i++)
		print_row(json_array_get(list, i), r->quiet);
	json_decref(list);
	return 0;
}

/* A cgroup is the only list of a container's processes: they may have left their parents. */
static int need_cgroup(const struct state *s, struct error *e)
{
	return *record_cgroup(s) ? 0 : fail(e, "%s has no cgroup, which is where box would look", s->id);
}

int oci_ps(const struct request *r, char **words, struct error *e)
{
	struct state s = { .pidfd = -1 };
	pid_t *pids FREED = NULL;
	const bool as_json = r->format == AS_JSON;
	json_t *list;

	if (find(words, &s, e) == -1 || need_cgroup(&s, e) == -1 || cgroup_processes(record_cgroup(&s), &pids, e) == -1)
		return -1;
	if (!as_json)
		printf("PID\n");
	list = json_array();
	for (size_t i = 0; pids && pids[i]; i++) {
		json_array_append_new(list, json_integer(pids[i]));
		if (!as_json)
			printf("%d\n", pids[i]);
	}
	if (as_json)
		return print_json(list, JSON_COMPACT);
	json_decref(list);
	return 0;
}

static int set_paused(char **words, bool paused, struct error *e)
{
	struct state s = { .pidfd = -1 };

	if (find(words, &s, e) == -1 || need_cgroup(&s, e) == -1)
		return -1;
	if (s.pidfd < 0)
		return fail_as(e, NOT_RUNNING, "%s has ended", s.id);
	return container_pause(&s, paused, e);
}

int oci_pause(const struct request *r UNUSED, char **words, struct error *e)
{
	return set_paused(words, true, e);
}

int oci_resume(const struct request *r UNUSED, char **words, struct error *e)
{
	return set_paused(words, false, e);
}

int oci_update(const struct request *r, char **words, struct error *e)
{
	struct spec wanted = { 0 };
	struct container c = container_of(&wanted);
	struct state s = { .pidfd = -1 };
	int result;

	if (!r->resources)
		return fail(e, "update needs --resources FILE");
	if (find(words, &s, e) == -1 || need_cgroup(&s, e) == -1 || resources_read(r->resources, &wanted, e) == -1)
		return -1;
	c.cgroup_fd = open(record_cgroup(&s), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c.cgroup_fd == -1)
		return fail_call(e, "open the container's cgroup", "open(\"%s\")", record_cgroup(&s));
	snprintf(c.cgroup, sizeof c.cgroup, "%s", record_cgroup(&s));
	result = scope_update(&c) == -1 ? -1 : cgroup_set(&c);
	close_it(&c.cgroup_fd);
	if (result == -1)
		*e = c.error;
	return result;
}

/* ---- Numbers ------------------------------------------------------------------------------------- */

/* The number after NAME in a file of the cgroup; "max" and a missing file give 0. */
static json_int_t number_of(int cgroup, const char *file, const char *name)
{
	char text[4096] = "", *at;
	uint64_t number = 0;

	get(cgroup, file, text, sizeof text);
	at = strstr(text, name);
	if (at)
		sscanf(at + strlen(name), "%" SCNu64, &number);
	return number;
}

/* The shape of runc's events --stats, with what cgroup v2 counts. */
int oci_events(const struct request *r, char **words, struct error *e)
{
	struct state s = { .pidfd = -1 };
	CLOSED int cgroup = -1;
	json_t *json;

	if (!r->stats)
		return fail(e, "box only has events --stats");
	if (find(words, &s, e) == -1 || need_cgroup(&s, e) == -1)
		return -1;
	cgroup = open(record_cgroup(&s), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s.pidfd < 0 || cgroup == -1)
		return fail_as(e, NOT_RUNNING, "%s has ended", s.id);
	json = json_pack("{s:s, s:s, s:{s:{s:{s:I, s:I, s:I}}, s:{s:{s:I, s:I}}, s:{s:I, s:I}}}", "type", "stats", "id", s.id, "data",
			 "cpu", "usage", "total", number_of(cgroup, "cpu.stat", "usage_usec ") * 1000,
			 "kernel", number_of(cgroup, "cpu.stat", "system_usec ") * 1000,
			 "user", number_of(cgroup, "cpu.stat", "user_usec ") * 1000,
			 "memory", "usage", "usage", number_of(cgroup, "memory.current", ""), "limit", number_of(cgroup, "memory.max", ""),
			 "pids", "current", number_of(cgroup, "pids.current", ""), "limit", number_of(cgroup, "pids.max", ""));
	return print_json(json, JSON_COMPACT);
}
