/*
 * spec.c - what is wanted of a container.
 */
#include <string.h>

#include "base/spec.h"

char *masked_paths[] = {
	"/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
	"/proc/asound", "/proc/acpi", "/proc/dynamic_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap", NULL,
};

char *read_only_paths[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", NULL };

bool with(const struct spec *s, const char *name)
{
	for (char **brick = s->own.without; brick && *brick; brick++)
		if (strcmp(*brick, name) == 0)
			return false;
	return true;
}

bool has_overlay(const struct spec *s)
{
	return !s->own.write_through && with(s, "overlay");
}

static const struct namespace *find(const struct spec *s, unsigned long kind)
{
	for (const struct namespace *n = s->namespaces; n && n->kind; n++)
		if (n->kind == kind)
			return n;
	return NULL;
}

bool has_namespace(const struct spec *s, unsigned long kind)
{
	return find(s, kind);
}

bool creates_namespace(const struct spec *s, unsigned long kind)
{
	const struct namespace *n = find(s, kind);

	return n && !n->path;
}
