/*
 * look.c - one look at the process: what each reader finds, and how much CPU time was used since the last look.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "lens.h"

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Convert CPU time into CPUs: divide it by the time since the last look. */
static void read_rates(struct view *v, const struct view *before)
{
	struct side *now[] = { &v->host, &v->container };
	const struct side *then[] = { &before->host, &before->container };

	for (int i = 0; i < 2; i++) {
		double spent = now[i]->cpu_time - then[i]->cpu_time;

		now[i]->meters[CPU].use = now[i]->cpu_time == -1 ? -1 :
					  before->when && v->when > before->when ?
								   fmax(0, spent / (v->when - before->when)) :
								   0;
	}
}

/* Look at the process, and store the result in v. If the process has ended, v keeps the last result. */
void look(struct view *v)
{
	static struct view *next; /* shared with the child that looks from inside */
	int self = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (!next)
		next = mmap(NULL, sizeof *next, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (next == MAP_FAILED || self == -1)
		complain("cannot look: %s (is /proc mounted?)", strerror(errno));
	*next = *v;
	next->when = now();
	read_processes(next);
	read_namespaces(&next->host, self);
	read_namespaces(&next->container, next->proc);
	read_users(next);
	read_mounts(&next->host, self);
	read_mounts(&next->container, next->proc);
	read_machine(&next->host);
	read_limits(next);
	read_from_inside(next);
	find_peers(next);
	read_rates(next, v);
	close(self);
	next->ended = has_ended(next);
	if (next->ended)
		v->ended = true;
	else
		*v = *next;
}
