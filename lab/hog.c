/*
 * hog - touch memory, 1 MiB at a time, and print how much it has.
 *
 *   see        step5-cgroup/step5-cgroup --memory 32M build/rootfs hog 100
 *
 * Allocated memory is not charged until the program writes to it. hog never frees memory. When the kernel
 * kills it, its last line shows how much it had.
 *
 * usage: hog [MIB]       without MIB, it goes on until something stops it
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

/* Volatile: nothing reads the memory, so without it the compiler could drop the writes. */
static struct block *volatile latest;

static unsigned long read_limit(const char *word)
{
	char *end;
	unsigned long mib = strtoul(word, &end, 10);

	if (*word < '0' || *word > '9' || *end || mib == ULONG_MAX)
		errx(2, "'%s' is not a number of mebibytes; MIB is a whole number, such as 64", word);
	return mib;
}

/* On a terminal, each line overwrites the last. The newline always follows, so later output starts on its own line. */
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
			err(1, "cannot allocate more than %lu MiB", mib - 1);
		memset(block->bytes, 'h', sizeof block->bytes);
		block->before = latest;
		latest = block;
		tell(mib);
	}
	return 0;
}
