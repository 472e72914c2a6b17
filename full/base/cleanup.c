/*
 * cleanup.c - what releases a variable when its block ends.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"

void close_it(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void free_it(void *pointer)
{
	free(*(void **)pointer);
}

void close_listing(DIR **listing)
{
	if (*listing)
		closedir(*listing);
}

void close_stream(FILE **stream)
{
	if (*stream)
		fclose(*stream);
}
