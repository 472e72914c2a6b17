/*
 * turns - time commands that take turns, in random order, with a pause before each.
 *
 *   turns ROUNDS PAUSE [<FILE] NAME [VARIABLE=VALUE] COMMAND [ARG...] ::: NAME COMMAND ...
 *
 * Prints "ROUND NAME NANOSECONDS CPU MEMORY" for each run, from vfork(2) to the end of wait4(2), by the monotonic clock; the
 * nanoseconds of CPU time that it and all it waited for have used; and the most memory that one of them had, in KiB. PAUSE is in milliseconds. A first round goes
 * uncounted. <FILE is opened for the command as its descriptor 9. A command's stdout and stderr are /dev/null; if it
 * fails, it runs once more to be heard, and turns ends.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct contestant {
	const char *name, *file;
	char **words, **environment;
};

static struct contestant all[64];
static int contestants;

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static long long nanoseconds(struct timeval t)
{
	return t.tv_sec * 1000000000LL + t.tv_usec * 1000LL;
}

/* Returns the nanoseconds it took, and sets *CPU to those it used, and *MEMORY to its most; or ends it all. */
static long long run(const struct contestant *c, int quiet, long long *cpu, long *memory)
{
	long long start = now();
	struct rusage used;
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		if (quiet >= 0)
			dup2(quiet, 1), dup2(quiet, 2);
		if (c->file)
			dup2(open(c->file, O_RDONLY | O_CLOEXEC), 9);
		execve(*c->words, c->words, c->environment);
		_exit(98);
	}
	if (pid == -1 || wait4(pid, &status, 0, &used) != pid)
		err(125, "vfork");
	if (status != 0) {
		if (quiet >= 0)
			run(c, -1, cpu, memory);
		errx(1, "%s failed: wait status 0x%x", c->name, status);
	}
	*cpu = nanoseconds(used.ru_utime) + nanoseconds(used.ru_stime);
	*memory = used.ru_maxrss;
	return now() - start;
}

static void shuffle(int order[])
{
	for (int i = contestants - 1; i > 0; i--) {
		int other = random() % (i + 1), mine = order[i];

		order[i] = order[other];
		order[other] = mine;
	}
}

/* Our environment, with VARIABLE in place of the one of the same name. */
static char **environment_with(char *variable)
{
	size_t name = strcspn(variable, "=") + 1, count = 0;
	char **all;

	while (environ[count])
		count++;
	all = calloc(count + 2, sizeof *all);
	if (!all)
		err(125, "calloc");
	*all = variable;
	for (char **old = environ, **next = all + 1; *old; old++)
		if (strncmp(*old, variable, name) != 0)
			*next++ = *old;
	return all;
}

static void read_words(char **words)
{
	while (*words) {
		struct contestant *c = &all[contestants++];

		c->file = **words == '<' ? *words++ + 1 : NULL;
		c->name = *words++;
		c->environment = *words && strchr(*words, '=') ? environment_with(*words++) : environ;
		c->words = words;
		while (*words && strcmp(*words, ":::") != 0)
			words++;
		if (*words)
			*words++ = NULL;
	}
}

int main(int argc, char *argv[])
{
	int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC), order[64], rounds, pause;

	if (argc < 5)
		errx(125, "usage: turns ROUNDS PAUSE [<FILE] NAME [VARIABLE=VALUE] COMMAND [ARG...] ::: ...");
	rounds = atoi(argv[1]), pause = atoi(argv[2]);
	read_words(argv + 3);
	srandom(time(NULL));
	for (int i = 0; i < contestants; i++)
		order[i] = i;
	for (int round = 0; round <= rounds; round++) {
		shuffle(order);
		for (int i = 0; i < contestants; i++) {
			long long took, cpu;
			long memory;

			usleep(pause * 1000);
			took = run(&all[order[i]], quiet, &cpu, &memory);
			if (round)
				printf("%d %s %lld %lld %ld\n", round, all[order[i]].name, took, cpu, memory);
		}
	}
	return 0;
}
