/*
 * hog - touch memory, 1 MiB at a time, and say how far it got.
 *
 *   see        step5-cgroup/step5-cgroup --memory 32M build/rootfs hog 100
 *
 * Memory that was asked for costs nothing; memory that was written to does. What it has, it keeps.
 * When the kernel kills it, the last line says how much it had.
 *
 * usage: hog [MIB]       default: until it is stopped
 */
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MIB (1UL << 20)

/* A MiB, and the one before it. */
struct block {
	struct block *before;
	char bytes[MIB - sizeof(struct block *)];
};

/* Volatile: a compiler sees that nobody reads the memory, and would leave out what nobody reads. */
static struct block *volatile latest;

static unsigned long read_limit(const char *word)
{
	char *end;
	unsigned long mib = strtoul(word, &end, 10);

	if (*word < '0' || *word > '9' || *end || mib == ULONG_MAX)
		errx(2, "MIB is a whole number of mebibytes, not '%s'", word);
	return mib;
}

/* On a terminal the line is written over itself. Its end is always out: what follows a kill starts anew. */
static void tell(unsigned long mib)
{
	const char *terminal = getenv("TERM");
	int over = mib > 1 && isatty(1) && terminal && strcmp(terminal, "dumb") != 0;

	printf("%shog: %lu MiB\n", over ? "\033[A\r\033[K" : "", mib);
	fflush(stdout);
}

int main(int argc, char *argv[])
{
	unsigned long limit = argc > 1 ? read_limit(argv[1]) : ULONG_MAX;

	if (argc > 2)
		errx(2, "usage: hog [MIB]");
	for (unsigned long mib = 1; mib <= limit; mib++) {
		struct block *block = malloc(sizeof *block);

		if (!block)
			err(1, "no more than %lu MiB", mib - 1);
		memset(block->bytes, 'h', sizeof block->bytes);
		block->before = latest;
		latest = block;
		tell(mib);
	}
	return 0;
}
