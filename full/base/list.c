/*
 * list.c - lists: arguments, variables, and whatever options can be given several times.
 */
#include <stdlib.h>
#include <string.h>

#include "base/list.h"

void *append(void *list, size_t size, const void *element)
{
	static const char nothing[256];
	size_t count = 0;

	while (list && memcmp((char *)list + count * size, nothing, size) != 0)
		count++;
	list = realloc(list, (count + 2) * size);
	if (!list)
		abort();
	memcpy((char *)list + count * size, element, size);
	memset((char *)list + (count + 1) * size, 0, size);
	return list;
}

char **put_variable(char **list, char *pair)
{
	size_t length = strcspn(pair, "=") + 1;

	for (char **old = list; old && *old; old++)
		if (strncmp(*old, pair, length) == 0) {
			*old = pair;
			return list;
		}
	return append(list, sizeof pair, &pair);
}

void hide_values(char **list)
{
	for (; list && *list; list++) {
		char *value = strchr(*list, '=');

		if (value)
			memset(value + 1, '\0', strlen(value + 1));
	}
}
