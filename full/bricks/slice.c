/*
 * slice.c - an engine's cgroup: the engine says where it is, and what its files contain.
 *
 *   see      podman run --memory 64m, and the recorded config.json's linux.cgroupsPath
 *   read     cgroups(7); the OCI runtime-spec's config-linux.md, "Control groups"
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "bricks/brick.h"
#include "bricks/cgroup.h"

/* systemd and other init systems mount cgroup2 at one of these. We don't read the list of mounts, because it can be long. */
bool find_hierarchy(char path[PATH_MAX])
{
	static const char *const usual[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	struct statfs it;

	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (statfs(strcpy(path, usual[i]), &it) == 0 && it.f_type == CGROUP2_SUPER_MAGIC)
			return true;
	return false;
}

/* Hand out all controllers that there are to the cgroups below, as other runtimes do: engines read the files of all of them. */
static int hand_out_all(struct container *c, int cgroup)
{
	char there[256], all[512] = "", *rest = there, *name;

	if (get(cgroup, "cgroup.controllers", there, sizeof there) == -1)
		return fail_call(&c->error, "list the available controllers", "read(\"cgroup.controllers\")");
	there[strcspn(there, "\n")] = '\0';
	while ((name = strsep(&rest, " ")) && *name)
		sprintf(all + strlen(all), "%s+%s", *all ? " " : "", name);
	return !*all ? 0 : put(&c->error, "enable controllers for the cgroups below", cgroup, "cgroup.subtree_control", all);
}

/* The container's directory refers to the cgroup before there is one: whenever we are killed, delete finds it. */
static int note(struct container *c, const char *hierarchy)
{
	CLOSED int there = -1;
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%.1000s/%.3000s", hierarchy, c->spec->engine.cgroup + strspn(c->spec->engine.cgroup, "/"));
	there = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cgroup_says(there, "cgroup.events", "populated 1\n"))
		return fail(&c->error, "there are processes in it, which would end with the container; use another cgroupsPath");
	if (there >= 0 && cgroup_frozen(there))
		return fail(&c->error, "it is frozen, so the container would never start; write 0 to its cgroup.freeze, or use another cgroupsPath");
	strcpy(c->cgroup, path);
	return SHOW(&c->error, "note the cgroup", symlinkat(path, c->directory, CGROUP), "symlinkat(\"%s\", %d, \"" CGROUP "\")", path, c->directory);
}

/* The engine may have created the cgroup: then it stays as it is, and is removed with the container, as runc does it. */
static int make_way(struct container *c, const char *hierarchy)
{
	char copy[PATH_MAX], *rest = copy, *name;
	int at;

	if (note(c, hierarchy) == -1)
		return -1;
	at = open(hierarchy, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(copy, sizeof copy, "%s", c->spec->engine.cgroup + strspn(c->spec->engine.cgroup, "/"));
	while (at >= 0 && (name = strsep(&rest, "/"))) {
		CLOSED int above = *name ? at : -1;

		if (!*name)
			continue;
		if (hand_out_all(c, above) == -1 && c->error.number != EBUSY && c->error.number != EACCES && c->error.number != EPERM)
			return -1;
		if (have_directory(&c->error, "create the engine's cgroup", above, name, 0755) == -1)
			return -1;
		at = openat(above, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	c->cgroup_fd = at;
	return c->cgroup_fd >= 0 ? 0 : fail_call(&c->error, "open the engine's cgroup", "open(\"%s\")", c->spec->engine.cgroup);
}

int cgroup_set(struct container *c)
{
	for (const struct setting *s = c->spec->resources.unified; s && s->file; s++) {
		if (put(&c->error, "set a limit", c->cgroup_fd, s->file, s->value) == 0)
			continue;
		if (c->error.number != ENOENT)
			return -1;
		if (strcmp(s->file, "memory.swap.max") == 0)	/* the kernel has no swap limit */
			continue;
		/* "No such file or directory" would mean to podman that there is no command. */
		return fail(&c->error, "%s=%s: its cgroup has no such file; if the controller \"%.*s\" is on cgroup v1 here, " WAYS_OUT,
			    s->file, s->value, (int)strcspn(s->file, "."), s->file);
	}
	return 0;
}

int slice_make(struct container *c)
{
	char hierarchy[PATH_MAX];

	if (!c->spec->engine.cgroup)
		return 0;
	if (!find_hierarchy(hierarchy))
		return fail(&c->error, "there is no cgroup2 file system at /sys/fs/cgroup; mount one, or use --cgroup-manager disabled");
	if ((c->spec->engine.systemd ? scope_make : make_way)(c, hierarchy) == -1)
		return wrap(&c->error, "cgroup %s", c->spec->engine.cgroup);
	return cgroup_set(c) == -1 ? -1 : guard_devices(c);
}
