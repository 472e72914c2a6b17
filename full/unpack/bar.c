/*
 * bar.c - a bar on the terminal that shows how much of the layers is unpacked.
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "unpack/unpack.h"

enum { WIDTH = 30 };

void bar_show(struct unpack *u)
{
	static const char full[] = "##############################";
	struct timespec now;
	time_t tenths;
	int width;

	if (!u->has_bar || !u->total || clock_gettime(CLOCK_MONOTONIC, &now) == -1)
		return;
	tenths = now.tv_sec * 10 + now.tv_nsec / 100000000;
	if (tenths == u->shown)
		return;
	u->shown = tenths;
	width = u->done < u->total ? u->done * WIDTH / u->total : WIDTH;
	fprintf(stderr, "\r[%-*.*s] %3" PRIu64 "%% of %" PRIu64 " MB", WIDTH, width, full, u->done * 100 / u->total,
		(u->total + 999999) / 1000000);
}

void bar_erase(const struct unpack *u)
{
	if (u->has_bar)
		fprintf(stderr, "\r\033[K");
}
