/*
 * cgroup.c - limits against use, pressure, OOM kills.
 *
 * A limit also applies to all cgroups below, so we look from the process's cgroup up to the root; the
 * tightest limit counts. If a controller is on cgroup v1, we read its v1 hierarchy.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lens.h"

const char *const meter_names[METERS] = { "memory", "swap", "pids", "cpu" };
const char *const pressure_names[PRESSURES] = { "cpu", "memory", "io" };

/* The files of each meter: in version 2, in version 1. */
static const struct {
	const char *controller, *use[2], *limit[2];
} files[METERS] = {
	{ "memory", { "memory.current", "memory.usage_in_bytes" }, { "memory.max", "memory.limit_in_bytes" } },
	{ "memory", { "memory.swap.current", NULL }, { "memory.swap.max", NULL } },
	{ "pids", { "pids.current", "pids.current" }, { "pids.max", "pids.max" } },
	{ "cpu", { "cpu.stat", "cpuacct.usage" }, { "cpu.max", "cpu.cfs_quota_us" } },
};

/* A cgroup's directory, and its mount point, which is as far up as we can look. */
struct cgroup {
	bool v1;
	char top[PATH], path[2 * PATH];
};

static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += length)
		if ((at == list || at[-1] == ',') && (!at[length] || at[length] == ','))
			return true;
	return false;
}

/* The process's path in the v1 hierarchy that has CONTROLLER; with NULL, in v2. */
static bool find_path(int proc, const char *controller, char path[PATH])
{
	FILE *file = open_file(proc, "cgroup");
	char line[PATH + 256], *rest, *controllers;
	bool found = false;

	while (file && !found && fgets(line, sizeof line, file)) {
		line[strcspn(line, "\n")] = '\0';
		rest = line;
		strsep(&rest, ":");
		controllers = strsep(&rest, ":");
		found = rest && (controller ? has_word(controllers, controller) : !*controllers);
		if (found)
			snprintf(path, PATH, "%s", rest);
	}
	if (file)
		fclose(file);
	return found;
}

/* The mount point of that hierarchy, and which of its directories is mounted there. */
static bool find_mount(const char *controller, char top[PATH], char root[PATH])
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char *line = NULL, *type, *options;
	bool found = false;
	size_t size = 0;

	while (file && !found && getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (!(type = strstr(line, " - ")) || !(options = strrchr(line, ' ')))
			continue;
		found = controller ? strncmp(type, " - cgroup ", 10) == 0 && has_word(options + 1, controller) :
				     strncmp(type, " - cgroup2 ", 11) == 0;
		found = found && sscanf(line, "%*d %*d %*s %1023s %1023s", root, top) == 2;
	}
	free(line);
	if (file)
		fclose(file);
	unescape(top);
	unescape(root);
	return found;
}

/* False if the process's cgroup is not below the mounted directory. */
static bool find_cgroup(struct cgroup *g, int proc, const char *controller)
{
	char path[PATH], root[PATH];
	size_t above;

	g->v1 = controller && find_path(proc, controller, path);
	if ((!g->v1 && !find_path(proc, NULL, path)) || !find_mount(g->v1 ? controller : NULL, g->top, root))
		return false;
	above = strcmp(root, "/") == 0 ? 0 : strlen(root);
	if (strncmp(path, root, above) != 0 || (path[above] && path[above] != '/') || strstr(path + above, "/.."))
		return false;
	snprintf(g->path, sizeof g->path, "%s%s", g->top, strcmp(path + above, "/") == 0 ? "" : path + above);
	return true;
}

static bool read_in(const char *directory, const char *name, char *text, size_t size)
{
	char path[3 * PATH];

	snprintf(path, sizeof path, "%s/%s", directory, name);
	return read_file(AT_FDCWD, path, text, size);
}

/* The number after NAME, or -1. */
static double field(const char *text, const char *name)
{
	size_t length = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n'), line += line != NULL)
		if (strncmp(line, name, length) == 0 && strchr(" :=", line[length]))
			return strtod(line + length + 1, NULL);
	return -1;
}

/* INFINITY if there is no limit: the file has "max", or what v1 writes for it. */
static double read_limit(const char *directory, int meter, bool v1)
{
	char text[256], *rest;
	double limit, period = 100000;

	if (!files[meter].limit[v1] || !read_in(directory, files[meter].limit[v1], text, sizeof text))
		return INFINITY;
	limit = strtod(text, &rest);
	if (rest == text || limit < 0 || limit >= 0x1p62)
		return INFINITY;
	if (meter != CPU)
		return limit;
	if (v1 && read_in(directory, "cpu.cfs_period_us", text, sizeof text))
		rest = text;
	return limit / (strtod(rest, NULL) ?: period);
}

/* The current use (CPU: the time used so far); -1 if the kernel does not count it. */
static double read_use(const char *directory, int meter, bool v1)
{
	char text[4096], *rest;
	double use;

	if (!files[meter].use[v1] || !read_in(directory, files[meter].use[v1], text, sizeof text))
		return -1;
	if (meter == CPU && !v1)
		return field(text, "usage_usec") / 1e6;
	use = strtod(text, &rest);
	return rest == text ? -1 : meter == CPU ? use / 1e9 : use;
}

/* The tightest limit that applies to the process, and how much of it is used. */
static void read_meter(struct side *s, int proc, int meter)
{
	struct meter *m = &s->meters[meter];
	struct cgroup g;
	char at[2 * PATH];
	double use, limit;

	m->limit = INFINITY;
	*m->by = '\0';
	m->known = find_cgroup(&g, proc, files[meter].controller) && files[meter].limit[g.v1];
	m->v1 = g.v1;
	if (meter == CPU)
		s->cpu_time = -1;
	if (!m->known)
		return;
	strcpy(at, g.path);
	use = read_use(at, meter, g.v1);
	for (char *end = g.path + strlen(g.path); end; end = strrchr(g.path, '/')) {
		*end = '\0';
		if (strlen(g.path) < strlen(g.top))
			break;
		if ((limit = read_limit(g.path, meter, g.v1)) < m->limit) {
			m->limit = limit;
			use = read_use(g.path, meter, g.v1);
			snprintf(m->by, PATH, "%.*s", PATH - 1, strcmp(g.path, at) == 0 ? "" : g.path + strlen(g.top));
		}
	}
	m->use = use;
	if (meter == CPU)
		s->cpu_time = use;
}

static void read_pressure(double pressure[PRESSURES], const char *directory, const char *suffix)
{
	char name[64], text[512], *at;

	for (int i = 0; i < PRESSURES; i++) {
		snprintf(name, sizeof name, "%s%s", pressure_names[i], suffix);
		pressure[i] = -1;
		if (read_in(directory, name, text, sizeof text) && (at = strstr(text, "avg10=")))
			pressure[i] = strtod(at + strlen("avg10="), NULL);
	}
}

static long read_oom_kills(int proc)
{
	struct cgroup g;
	char text[4096];

	if (!find_cgroup(&g, proc, "memory") ||
	    !read_in(g.path, g.v1 ? "memory.oom_control" : "memory.events", text, sizeof text))
		return -1;
	return field(text, "oom_kill");
}

/* The path as our own cgroup namespace shows it. */
void read_cgroup_path(struct side *s, int proc)
{
	if (!find_path(proc, NULL, s->cgroup))
		*s->cgroup = '\0';
}

void read_limits(struct view *v)
{
	struct cgroup g;

	read_cgroup_path(&v->host, v->proc);
	for (int i = 0; i < METERS; i++)
		read_meter(&v->container, v->proc, i);
	v->container.oom_kills = read_oom_kills(v->proc);
	if (find_cgroup(&g, v->proc, NULL))
		read_pressure(v->container.pressure, g.path, ".pressure");
	else
		for (int i = 0; i < PRESSURES; i++)
			v->container.pressure[i] = -1;
}

/* The first line of stat, over all CPUs: user, nice, system, idle, iowait, irq, softirq, steal. */
static double machine_cpu_time(void)
{
	char text[256];
	double t[8];

	if (!read_file(AT_FDCWD, "/proc/stat", text, sizeof text) ||
	    sscanf(text, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", t, t + 1, t + 2, t + 3, t + 4, t + 5, t + 6, t + 7) !=
		    8)
		return -1;
	return (t[0] + t[1] + t[2] + t[5] + t[6] + t[7]) / sysconf(_SC_CLK_TCK);
}

/* The host's only limits are the machine's memory, swap, PIDs and CPUs. */
void read_machine(struct side *host)
{
	char text[1 << 14];
	double most = INFINITY, tasks = -1;

	read_file(AT_FDCWD, "/proc/meminfo", text, sizeof text);
	host->meters[MEMORY] = (struct meter){ .known = strstr(text, "MemAvailable"),
					       .limit = field(text, "MemTotal") * 1024 };
	host->meters[MEMORY].use = host->meters[MEMORY].limit - field(text, "MemAvailable") * 1024;
	host->meters[SWAP] = (struct meter){ .known = strstr(text, "SwapTotal"),
					     .limit = field(text, "SwapTotal") * 1024 };
	host->meters[SWAP].use = host->meters[SWAP].limit - field(text, "SwapFree") * 1024;
	if (read_file(AT_FDCWD, "/proc/sys/kernel/pid_max", text, sizeof text))
		most = strtod(text, NULL);
	if (read_file(AT_FDCWD, "/proc/loadavg", text, sizeof text))
		sscanf(text, "%*f %*f %*f %*d/%lf", &tasks);
	host->meters[PIDS] = (struct meter){ .known = tasks >= 0, .use = tasks, .limit = most };
	host->meters[CPU] = (struct meter){ .known = true, .limit = sysconf(_SC_NPROCESSORS_ONLN) };
	host->cpu_time = machine_cpu_time();
	read_pressure(host->pressure, "/proc/pressure", "");
	read_file(AT_FDCWD, "/proc/vmstat", text, sizeof text);
	host->oom_kills = field(text, "oom_kill");
}
