/*
 * json.c - the content of text.c as JSON, for programs. Values that can't be read are null; so are missing limits.
 */
#define _GNU_SOURCE
#include <jansson.h>
#include <math.h>
#include <string.h>
#include "lens.h"

/* Names can contain any bytes, but JSON takes only UTF-8: invalid bytes become "?". */
static json_t *string(const char *text)
{
	json_t *string = *text ? json_string(text) : json_null();
	char plain[PATH];

	if (string)
		return string;
	snprintf(plain, sizeof plain, "%s", text);
	for (char *c = plain; *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	return json_string(plain);
}

static json_t *number(double value, bool known)
{
	if (!known)
		return json_null();
	return value == floor(value) ? json_integer(value) : json_real(value);
}

static json_t *map_of(const struct range *ranges)
{
	json_t *map = json_array();

	for (const struct range *r = ranges; r < ranges + RANGES && r->count; r++)
		json_array_append_new(map, json_pack("[I, I, I]", (json_int_t)r->first, (json_int_t)r->lower,
						     (json_int_t)r->count));
	return map;
}

static json_t *meter_of(const struct meter *m)
{
	if (!m->known)
		return json_null();
	return json_pack("{s:o, s:o, s:o}", "use", number(m->use, m->use >= 0), "limit",
			 number(m->limit, m->limit != INFINITY), "by", string(m->by));
}

static json_t *interfaces_of(const struct side *s, const struct side *other)
{
	json_t *interfaces = json_array();

	for (int i = 0; i < s->link_count; i++) {
		const struct interface *l = &s->links[i];
		json_t *addresses = json_array();

		for (int a = 0; a < ADDRESSES && *l->addresses[a]; a++)
			json_array_append_new(addresses, string(l->addresses[a]));
		json_array_append_new(interfaces,
				      json_pack("{s:o, s:i, s:b, s:o, s:o}", "name", string(l->name), "index", l->index,
						"up", l->up, "addresses", addresses, "peer",
						string(l->peer == -1 ? "" : other->links[l->peer].name)));
	}
	return interfaces;
}

static json_t *side_of(const struct side *s, const struct side *other)
{
	json_t *namespaces = json_object(), *pressure = json_object(), *side;

	for (int i = 0; i < NAMESPACES; i++)
		json_object_set_new(namespaces, namespace_names[i], number(s->ns[i], s->ns[i]));
	for (int i = 0; i < PRESSURES; i++)
		json_object_set_new(pressure, pressure_names[i], number(s->pressure[i], s->pressure[i] >= 0));
	side = json_pack("{s:i, s:o, s:o, s:o}", "pid", s->pid, "uid", number(s->uid, s->uid != -1), "hostname",
			 string(s->hostname), "namespaces", namespaces);
	json_object_set_new(side, "root", string(s->root));
	json_object_set_new(side, "root_mount", string(s->source));
	json_object_set_new(side, "root_type", string(s->type));
	json_object_set_new(side, "mounts", number(s->mounts, s->mounts != -1));
	json_object_set_new(side, "mounts_shared", number(s->shared, s->mounts != -1));
	json_object_set_new(side, "propagation", string(s->propagation));
	json_object_set_new(side, "uid_map", map_of(s->uids));
	json_object_set_new(side, "gid_map", map_of(s->gids));
	json_object_set_new(side, "cgroup", string(s->cgroup));
	for (int i = 0; i < METERS; i++)
		json_object_set_new(side, meter_names[i], meter_of(&s->meters[i]));
	json_object_set_new(side, "pressure", pressure);
	json_object_set_new(side, "oom_kills", number(s->oom_kills, s->oom_kills != -1));
	json_object_set_new(side, "interfaces", interfaces_of(s, other));
	return side;
}

static json_t *processes_of(const struct view *v)
{
	json_t *processes = json_array();

	for (int i = 0; i < v->process_count && i < PROCESSES; i++) {
		const struct process *p = &v->processes[i];

		json_array_append_new(processes, json_pack("{s:i, s:i, s:o}", "host", p->host, "container", p->inside,
							   "name", string(p->name)));
	}
	return processes;
}

/* For each namespace, whether both sides share it. */
static json_t *same_of(const struct view *v)
{
	json_t *same = json_object();

	for (int i = 0; i < NAMESPACES; i++)
		json_object_set_new(same, namespace_names[i],
				    !v->container.ns[i] ? json_null() :
							  json_boolean(v->host.ns[i] == v->container.ns[i]));
	return same;
}

/* If the process ended before the first look, we know only its PID. */
void write_json(FILE *to, const struct view *v)
{
	json_t *view = json_pack("{s:i, s:i, s:b}", "pid", v->host.pid, "asked", v->asked ? v->asked : v->host.pid,
				 "ended", v->ended);

	if (v->when) {
		json_object_set_new(view, "command", string(v->command));
		json_object_set_new(view, "processes", processes_of(v));
		json_object_set_new(view, "same", same_of(v));
		json_object_set_new(view, "host", side_of(&v->host, &v->container));
		json_object_set_new(view, "container", side_of(&v->container, &v->host));
	}
	if (json_dumpf(view, to, JSON_COMPACT) == -1 || putc('\n', to) == EOF)
		complain("cannot write the JSON");
	json_decref(view);
}
