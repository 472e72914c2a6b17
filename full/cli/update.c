/*
 * update.c - box update: other limits for containers that run. The kernel lets a limit be changed at any time.
 *
 *   see      box run -d --name a ROOTFS sleep 1000; box update --pids-limit 1 a; box exec a true
 *   read     the kernel's admin-guide/cgroup-v2.rst on memory.max
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "bricks/brick.h"
#include "cli/cli.h"
#include "life/store.h"

#define VALUE(field, parse) take_value, offsetof(struct spec, field), parse, 0
const struct option update_options[] = {
	{ "memory", 'm', "SIZE", "memory limit in bytes, or with k, m or g", VALUE(resources.memory, parse_size) },
	{ "memory-swap", 0, "SIZE", "limit on memory plus swap; -1: unlimited swap (default: --memory)", VALUE(resources.memory_swap, parse_size) },
	{ "cpus", 0, "X", "number of CPUs", VALUE(resources.cpus, parse_cpus) },
	{ "pids-limit", 0, "N", "maximum number of processes", VALUE(resources.pids, parse_pids) },
	{ "cpuset-cpus", 0, "LIST", "CPUs on which it may run, such as 0-1,3", take_word, offsetof(struct spec, resources.cpuset), NULL, 0 },
	{ "restart", 0, "POLICY", "box is no daemon, so nobody would restart the container; a systemd unit with Restart=on-failure can", take_never, 0, NULL, 0 },
	{ "cpu-shares", 'c', "N", "box has no weights; --cpus limits CPU time", take_never, 0, NULL, 0 },
	{ "memory-reservation", 0, "SIZE", "box has no soft limit; --memory limits memory", take_never, 0, NULL, 0 },
	{ 0 }
};

static int update_one(const struct state *s, const struct spec *limits, struct error *e)
{
	struct container c = container_of(limits);
	int result;

	strcpy(c.cgroup, record_cgroup(s));
	c.cgroup_fd = open(c.cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c.cgroup_fd == -1)
		return fail_call(e, "open the container's cgroup", "open(\"%s\")", c.cgroup);
	result = cgroup_before(&c);
	close_it(&c.cgroup_fd);
	*e = c.error;
	return result == -1 ? wrap(e, "%s", s->id) : 0;
}

int command_update(char **words, struct error *e)
{
	struct spec limits = { 0 };
	struct state *all FREED = NULL;
	int count;

	if (!(words = read_between(update_options, &limits, words, e)) || check_memory(&limits, e) == -1)
		return -1;
	if (!limits.resources.memory && !limits.resources.cpus && !limits.resources.pids && !limits.resources.cpuset)
		return fail(e, "nothing to change; use --memory, --memory-swap, --cpus, --pids-limit or --cpuset-cpus");
	if ((count = find_running(words, &all, e)) == -1)
		return -1;
	for (int i = 0; i < count; i++)
		if (!*record_cgroup(&all[i]))
			return fail(e, "%s has no cgroup, and so no limits; it gets one where cgroup2 is mounted, and box may write to it", all[i].id);
	for (int i = 0; i < count; i++)
		if (update_one(&all[i], &limits, e) == -1)
			return -1;
	return 0;
}
