/*
 * json.c - what text.c shows, for programs. What can't be read is null, and so is a limit that is none.
 */
#define _GNU_SOURCE
#include <math.h>
#include <string.h>
#include "lens.h"

static FILE *out;

static void string(const char *text)
{
	if (!*text) {
		fputs("null", out);
		return;
	}
	putc('"', out);
	for (; *text; text++)
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if ((unsigned char)*text < ' ')
			fprintf(out, "\\u%04x", *text);
		else
			putc(*text, out);
	putc('"', out);
}

static void number(const char *key, double value, bool known)
{
	if (known)
		fprintf(out, "\"%s\":%.17g", key, value);
	else
		fprintf(out, "\"%s\":null", key);
}

static void named(const char *key, const char *text)
{
	fprintf(out, "\"%s\":", key);
	string(text);
}

static void write_map(const char *key, const struct range *ranges)
{
	fprintf(out, "\"%s\":[", key);
	for (const struct range *r = ranges; r < ranges + RANGES && r->count; r++)
		fprintf(out, "%s[%lu,%lu,%lu]", r == ranges ? "" : ",", r->first, r->lower, r->count);
	fputs("],", out);
}

static void write_meters(const struct side *s)
{
	for (int i = 0; i < METERS; i++) {
		const struct meter *m = &s->meters[i];

		if (!m->known) {
			fprintf(out, "\"%s\":null,", meter_names[i]);
			continue;
		}
		fprintf(out, "\"%s\":{", meter_names[i]);
		number("use", m->use, m->use >= 0);
		fputs(",", out);
		number("limit", m->limit, m->limit != INFINITY);
		fputs(",", out);
		named("by", m->by);
		fputs("},", out);
	}
}

static void write_links(const struct side *s, const struct side *other)
{
	fputs("\"interfaces\":[", out);
	for (int i = 0; i < s->link_count; i++) {
		const struct interface *l = &s->links[i];

		fputs(i ? ",{" : "{", out);
		named("name", l->name);
		fprintf(out, ",\"index\":%d,\"up\":%s,\"addresses\":[", l->index, l->up ? "true" : "false");
		for (int a = 0; a < ADDRESSES && *l->addresses[a]; a++) {
			fputs(a ? "," : "", out);
			string(l->addresses[a]);
		}
		fputs("],", out);
		named("peer", l->peer == -1 ? "" : other->links[l->peer].name);
		fputs("}", out);
	}
	fputs("]", out);
}

static void write_side(const struct side *s, const struct side *other)
{
	fprintf(out, "{\"pid\":%d,", s->pid);
	number("uid", s->uid, s->uid != -1);
	fputs(",", out);
	named("hostname", s->hostname);
	fputs(",\"namespaces\":{", out);
	for (int i = 0; i < NAMESPACES; i++) {
		fputs(i ? "," : "", out);
		number(namespace_names[i], s->ns[i], s->ns[i]);
	}
	fputs("},", out);
	named("root", s->root);
	fputs(",", out);
	named("root_mount", s->source);
	fputs(",", out);
	named("root_type", s->type);
	fputs(",", out);
	number("mounts", s->mounts, s->mounts != -1);
	fputs(",", out);
	number("mounts_shared", s->shared, s->mounts != -1);
	fputs(",", out);
	named("propagation", s->propagation);
	fputs(",", out);
	write_map("uid_map", s->uids);
	write_map("gid_map", s->gids);
	named("cgroup", s->cgroup);
	fputs(",", out);
	write_meters(s);
	fputs("\"pressure\":{", out);
	for (int i = 0; i < PRESSURES; i++) {
		fputs(i ? "," : "", out);
		number(pressure_names[i], s->pressure[i], s->pressure[i] >= 0);
	}
	fputs("},", out);
	number("oom_kills", s->oom_kills, s->oom_kills != -1);
	fputs(",", out);
	write_links(s, other);
	fputs("}", out);
}

void write_json(FILE *to, const struct view *v)
{
	out = to;
	fprintf(out, "{\"pid\":%d,\"asked\":%d,\"ended\":%s", v->host.pid, v->asked ? v->asked : v->host.pid,
		v->ended ? "true" : "false");
	if (v->when) {
		fputs(",", out);
		named("command", v->command);
		fputs(",\"processes\":[", out);
		for (int i = 0; i < v->process_count && i < PROCESSES; i++) {
			const struct process *p = &v->processes[i];

			fprintf(out, "%s{\"host\":%d,\"container\":%d,", i ? "," : "", p->host, p->inside);
			named("name", p->name);
			fputs("}", out);
		}
		fputs("],\"same\":{", out);
		for (int i = 0; i < NAMESPACES; i++)
			fprintf(out, "%s\"%s\":%s", i ? "," : "", namespace_names[i],
				!v->container.ns[i]                 ? "null" :
				v->host.ns[i] == v->container.ns[i] ? "true" :
								      "false");
		fputs("},\"host\":", out);
		write_side(&v->host, &v->container);
		fputs(",\"container\":", out);
		write_side(&v->container, &v->host);
	}
	fputs("}\n", out);
}
