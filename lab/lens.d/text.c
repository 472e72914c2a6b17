/*
 * text.c - print two columns. Colour marks only the values in which the container differs from the host.
 */
#define _GNU_SOURCE
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "lens.h"

enum { LABEL = 12, NARROWEST = 40, WIDEST = 120, MOST_PROCESSES = 6, MOST_LINKS = 6, BAR = 10 };

static FILE *out;
static int cell; /* the width of a column */
static bool colours, unknown;

/* Names can contain control characters, which must not reach our terminal. A long name loses its middle,
 * because a path's ends are most useful. */
static void fit(char *text, int width)
{
	int length = strlen(text), half = (width - 3) / 2;

	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	if (length <= width)
		return;
	memmove(text + width - half, text + length - half, half + 1);
	memset(text + width - half - 3, '.', 3);
}

/* A line of the table. The separator of its columns shows a wall, or a cable. */
static void line(const char *label, const char *host, const char *between, const char *its, bool other)
{
	char left[PATH], right[PATH];

	snprintf(left, sizeof left, "%s", host);
	snprintf(right, sizeof right, "%s", its);
	fit(left, cell);
	fit(right, cell - 1);
	fprintf(out, "%-*.*s%-*s%s%s%s%s\n", LABEL, LABEL - 1, label, cell, left, between,
		other && colours ? "\033[1;36m" : "", right, other && colours ? "\033[0m" : "");
	unknown = unknown || strcmp(its, "?") == 0;
}

/* A value that we don't know is not marked as different. */
static void row(const char *label, const char *host, const char *its)
{
	bool known = *its && strcmp(its, "?") != 0 && strncmp(its, "not ", 4) != 0 && strncmp(its, "out of ", 7) != 0;

	line(label, host, " | ", its, known && strcmp(host, its) != 0);
}

__attribute__((format(printf, 1, 2))) static const char *format(const char *text, ...)
{
	static char ring[8][PATH];
	static unsigned next;
	char *to = ring[next++ % 8];
	va_list values;

	va_start(values, text);
	vsnprintf(to, PATH, text, values);
	va_end(values);
	return to;
}

static const char *known(const char *text)
{
	return *text ? text : "?";
}

/* ---- Processes and namespaces ------------------------------------------------ */

static void write_processes(const struct view *v)
{
	const struct process *p = v->processes;

	row("PID", format("%d", v->host.pid), v->container.pid ? format("%d", v->container.pid) : "?");
	for (int i = 0; i < v->process_count && i < MOST_PROCESSES; i++, p++)
		row(i ? "" : "processes", format("%d %s", p->host, p->name),
		    p->inside ? format("%d %s", p->inside, p->name) : "?");
	if (v->process_count > MOST_PROCESSES)
		row("", format("and %d more", v->process_count - MOST_PROCESSES), "");
	row("hostname", v->host.hostname, known(v->container.hostname));
}

static void write_namespaces(const struct view *v)
{
	for (int i = 0; i < NAMESPACES; i++) {
		ino_t here = v->host.ns[i], there = v->container.ns[i];
		const char *host = format("%lu", (unsigned long)here);

		if (!here)
			continue; /* this kernel is older than this type of namespace */
		line(format("%s ns", namespace_names[i]), host, " | ",
		     !there        ? "?" :
		     here == there ? format("%s same", host) :
				     format("%lu other", (unsigned long)there),
		     there && here != there);
	}
}

/* ---- Files and users --------------------------------------------------------- */

static const char *propagation(const struct side *s)
{
	if (s->mounts == -1)
		return "?";
	return format("%s%s%d of %d shared", s->propagation, *s->propagation ? ", " : "", s->shared, s->mounts);
}

static void write_mounts(const struct side *host, const struct side *its)
{
	/* If no mount is on "/", the root is a directory inside a mount: the result of chroot(2). */
	bool chrooted = its->mounts >= 0 && !*its->source;

	row("root", chrooted ? host->root : host->source,
	    chrooted ? format("%s (chroot)", its->root) :
		       format("%s%s", known(its->source),
			      strcmp(host->source, its->source) == 0 && strcmp(host->device, its->device) != 0 ?
				      ", another one" :
				      ""));
	if (!chrooted)
		row("root type", host->type, known(its->type));
	row("mounts", format("%d", host->mounts), its->mounts == -1 ? "?" : format("%d", its->mounts));
	row("propagation", propagation(host), propagation(its));
}

static const char *range(const struct range *r, bool readable)
{
	if (r->count == 4294967295 && r->first == 0 && r->lower == 0)
		return "all, as they are";
	if (!r->count)
		return readable ? "none" : "?";
	if (r->count == 1)
		return format("%lu is %lu", r->first, r->lower);
	return format("%lu-%lu is %lu-%lu", r->first, r->first + r->count - 1, r->lower, r->lower + r->count - 1);
}

static void write_map(const char *label, const struct range *host, const struct range *its, bool readable)
{
	for (int i = 0; i < RANGES && (i == 0 || host[i].count || its[i].count); i++)
		row(i ? "" : label, i && !host[i].count ? "" : range(&host[i], true),
		    i && !its[i].count ? "" : range(&its[i], readable));
}

static void write_users(const struct side *host, const struct side *its)
{
	row("user ID", format("%ld", host->uid), its->uid == -1 ? "nobody's" : format("%ld", its->uid));
	write_map("user map", host->uids, its->uids, its->ns[USER]);
	if (memcmp(its->uids, its->gids, sizeof its->uids) != 0)
		write_map("group map", host->gids, its->gids, its->ns[USER]);
}

/* ---- Limits ------------------------------------------------------------------ */

static const char *amount(int meter, double value)
{
	static const char units[] = "KMGT";
	int unit = -1;

	if (meter == PIDS)
		return format("%.0f", value);
	if (meter == CPU)
		return format("%.2f", value);
	for (; value >= 1024 && unit < 3; unit++)
		value /= 1024;
	return format(unit == -1 || value == floor(value) ? "%.0f%.1s" : "%.1f%.1s", value,
		      unit == -1 ? "" : units + unit);
}

static const char *bar(const struct meter *m)
{
	static const char full[] = "##########", empty[] = "..........";
	int filled = m->limit > 0 ? lround(fmin(1, m->use / m->limit) * BAR) : 0;

	return format("[%.*s%.*s]", filled, full, BAR - filled, empty);
}

static const char *reading(const struct meter *m, int meter)
{
	if (!m->known)
		return m->v1 ? "out of sight, on cgroup v1" : "?";
	if (m->limit == 0 && m->use <= 0)
		return "none";
	if (m->limit == INFINITY)
		return m->use < 0 ? "no limit" : format("%s, no limit", amount(meter, m->use));
	if (m->use < 0)
		return format("at most %s", amount(meter, m->limit));
	return format("%s %s of %s%s", bar(m), amount(meter, m->use), amount(meter, m->limit),
		      meter == CPU ? " CPUs" : "");
}

static const char *pressure(const double p[PRESSURES])
{
	if (p[0] < 0 && p[1] < 0)
		return "not measured (boot with psi=1)";
	return format("cpu %.1f%% memory %.1f%% io %.1f%%", fmax(0, p[0]), fmax(0, p[1]), fmax(0, p[2]));
}

static const char *kills(long oom_kills)
{
	return oom_kills == -1 ? "not counted" : format("%ld", oom_kills);
}

static void write_limits(const struct side *host, const struct side *its)
{
	row("cgroup", known(host->cgroup), known(its->cgroup));
	for (int i = 0; i < METERS; i++) {
		row(meter_names[i], reading(&host->meters[i], i), reading(&its->meters[i], i));
		if (*its->meters[i].by)
			row("", "", format("by %s", its->meters[i].by));
	}
	row("pressure", pressure(host->pressure), pressure(its->pressure));
	row("OOM kills", kills(host->oom_kills), kills(its->oom_kills));
}

/* ---- Interfaces -------------------------------------------------------------- */

static const char *interface(const struct interface *i)
{
	return format("%s%s%s%s", i->name,
		      !i->index ? "" :
		      i->up     ? " up" :
				  " down",
		      *i->addresses[0] ? " " : "", i->addresses[0]);
}

/* First the cables, then the interfaces without a peer on the other side. */
static void write_links(const struct side *host, const struct side *its)
{
	const char *label = "interfaces";
	int shown = 0, hosts = 0;

	for (int i = 0; i < its->link_count; i++)
		if (its->links[i].peer != -1) {
			line(label, interface(&host->links[its->links[i].peer]), "<->", interface(&its->links[i]),
			     true);
			label = "";
		}
	for (int i = 0, k = 0;; i++, k++) {
		while (i < its->link_count && its->links[i].peer != -1)
			i++;
		while (k < host->link_count && host->links[k].peer != -1)
			k++;
		if (shown++ == MOST_LINKS || (i >= its->link_count && k >= host->link_count))
			break;
		hosts = k + 1;
		row(label, k < host->link_count ? interface(&host->links[k]) : "",
		    i < its->link_count ? interface(&its->links[i]) : "");
		label = "";
	}
	if (shown > MOST_LINKS && (hosts < host->link_count || its->link_count > MOST_LINKS))
		row("", "and more (--json has all)", "");
	if (its->link_count == -1)
		row(label, "", "?");
}

/* ---- The whole table --------------------------------------------------------- */

/* Print which namespaces differ from this terminal's, on one line or two. */
static void write_walls(const struct view *v, size_t width)
{
	char others[64] = "", same[64] = "";

	for (int i = 0; i < NAMESPACES; i++)
		if (v->container.ns[i] && v->host.ns[i])
			strcat(strcat(v->host.ns[i] == v->container.ns[i] ? same : others, " "), namespace_names[i]);
	if (*others)
		fprintf(out, "other than here:%s%sas here:%s\n", others,
			strlen("other than here:; as here: none") + strlen(others) + strlen(same) <= width ? "; " :
													     "\n",
			*same ? same : " none");
	else if (*same)
		fprintf(out, "all its namespaces are those of this terminal:%sno container, or you are in it\n",
			width < 80 ? "\n" : " ");
}

static void write_title(const struct view *v, int width)
{
	char title[PATH];

	snprintf(title, sizeof title, "%d: %s", v->host.pid, v->command);
	fit(title, width);
	fprintf(out, "%s\n", title);
	if (!v->asked)
		return;
	snprintf(title, sizeof title, "%d (%s) runs it from outside; this is its child", v->asked, v->asked_name);
	fit(title, width);
	fprintf(out, "%s\n", title);
}

void write_text(FILE *to, const struct view *v, int width, bool colour)
{
	const struct side *host = &v->host, *its = &v->container;

	out = to;
	colours = colour;
	unknown = false;
	width = width < NARROWEST ? NARROWEST : width > WIDEST ? WIDEST : width;
	cell = (width - LABEL - 2) / 2;
	if (!v->when) {
		fprintf(out, "process %d has ended\n", host->pid);
		return;
	}
	write_title(v, width);
	if (v->ended)
		fprintf(out, "it has ended; this is how it was last seen\n");
	else
		write_walls(v, width);
	fprintf(out, "\n%*sHOST%*s | CONTAINER\n", LABEL, "", cell - 4, "");
	write_processes(v);
	write_namespaces(v);
	write_mounts(host, its);
	write_users(host, its);
	write_limits(host, its);
	write_links(host, its);
	if (unknown)
		fprintf(out, "? is for root to see: sudo lab/lens %d\n", v->host.pid);
}
