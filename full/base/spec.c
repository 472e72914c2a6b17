/*
 * spec.c - what the user asks for.
 */
#include <string.h>

#include "base/spec.h"

bool with(const struct spec *s, const char *name)
{
	for (char **brick = s->without; brick && *brick; brick++)
		if (strcmp(*brick, name) == 0)
			return false;
	return true;
}
