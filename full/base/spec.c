/*
 * spec.c - what is wanted of a container.
 */
#include <string.h>

#include "base/spec.h"

bool with(const struct spec *s, const char *name)
{
	for (char **brick = s->own.without; brick && *brick; brick++)
		if (strcmp(*brick, name) == 0)
			return false;
	return true;
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
