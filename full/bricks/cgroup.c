/*
 * cgroup.c - step 5: what the container may use. A cgroup is a directory, and its files are the interface. The
 * container is born in its cgroup.
 *
 *   see      box run --memory 32m ROOTFS cat /sys/fs/cgroup/memory.max
 *   break    box run --without cgroup ROOTFS cat /proc/self/cgroup
 *   read     step5-cgroup/README.md; cgroups(7), clone(2) on CLONE_INTO_CGROUP
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "bricks/brick.h"
#include "bricks/cgroup.h"

/* ---- Where --------------------------------------------------------------------------------------- */

/*
 * The cgroup below which box creates its own: the root cgroup for root, and for other users their own cgroup, if it was
 * delegated to them. They need write access to its cgroup.procs, too: the kernel checks the common ancestor of the old and
 * the new cgroup when it moves a process, or starts one in another cgroup.
 */
static bool find_parent(const struct container *c, char path[PATH_MAX])
{
	char processes[PATH_MAX + sizeof "/cgroup.procs"], *text FREED = NULL, *own;
	size_t length;

	if (*c->cgroup) {	/* PARENT/box/NAME: box update */
		strcpy(path, c->cgroup);
		*strrchr(path, '/') = '\0';
		*strrchr(path, '/') = '\0';
		return true;
	}
	if (!find_hierarchy(path))
		return false;
	if (c->rootless) {
		text = read_text(open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC));
		if (!text || !(own = strstr(text, "0::/")))
			return false;
		own[strcspn(own, "\n")] = '\0';
		length = strlen(path);
		snprintf(path + length, PATH_MAX - length, "%s", own + 3);
		if ((own = strrchr(path, '/')) && strcmp(own, "/evacuated") == 0)	/* moved there by an earlier box */
			*own = '\0';
	}
	snprintf(processes, sizeof processes, "%s/cgroup.procs", path);
	return access(path, W_OK) == 0 && access(processes, W_OK) == 0;
}

/* ---- Controllers --------------------------------------------------------------------------------- */

/* A cgroup that enables controllers for its children must not hold processes itself: move them to a leaf. */
static int evacuate(struct container *c, int parent, const char *path)
{
	char *list FREED = NULL, *rest, *pid;

	if (have_directory(&c->error, "create a leaf cgroup for the processes in this cgroup, and keep it", parent, "evacuated", 0755) == -1)
		return -1;
	list = read_text(openat(parent, "cgroup.procs", O_RDONLY | O_CLOEXEC));
	rest = list;
	if (!list)
		return fail_call(&c->error, "list the processes in the cgroup", "read(\"cgroup.procs\")");
	while ((pid = strsep(&rest, "\n")) && *pid) {
		if (strcmp(pid, "0") == 0)
			return fail(&c->error, "%s holds processes of another PID namespace, which box can't move from here; "
				    "run box on the host, or give this container a cgroup namespace of its own", path);
		if (put(&c->error, "move a process to the leaf", parent, "evacuated/cgroup.procs", pid) == -1 &&
		    c->error.number != ESRCH)
			return -1;
	}
	return 0;
}

/* Enable all controllers in one write, and memory with them. In a cgroup that holds processes, enabling memory fails with
 * EBUSY, and we move the processes. Enabling only cpu and pids would succeed, but make the cgroup "threaded", and its children
 * could not be used. */
static int hand_out(struct container *c, int parent, const char *path, const char *controllers)
{
	int rounds = 10;	/* while we move processes, they may start new ones */
	char all[80];

	snprintf(all, sizeof all, "+memory %s", controllers);
	while (put(&c->error, "enable controllers for the cgroups below, for good", parent, "cgroup.subtree_control", all) == -1) {
		if (c->error.number == ENOENT && strcmp(all, controllers) != 0) {
			strcpy(all, controllers);	/* this hierarchy doesn't have the memory controller */
			continue;
		}
		if (c->error.number != EBUSY || !with(c->spec, "evacuate") || rounds-- == 0)
			return -1;
		if (evacuate(c, parent, path) == -1)
			return -1;
	}
	return 0;
}

/* The controllers that the spec's limits need, in the format of cgroup.subtree_control. */
static const char *needed(const struct spec *s, char words[64])
{
	const struct resources *r = &s->resources;

	sprintf(words, "%s%s%s%s%s", r->memory ? " +memory" : "", r->cpus ? " +cpu" : "", r->pids ? " +pids" : "",
		r->cpuset ? " +cpuset" : "", r->reads || r->writes ? " +io" : "");
	return words + (*words == ' ');
}

static int check_controllers(struct container *c, int parent, const char *words)
{
	char there[256] = " ", name[16];

	if (get(parent, "cgroup.controllers", there + 1, sizeof there - 2) == -1)
		return fail_call(&c->error, "list the available controllers", "read(\"cgroup.controllers\")");
	there[strcspn(there, "\n")] = ' ';
	for (const char *plus = words; (plus = strchr(plus, '+')); plus++) {
		snprintf(name, sizeof name, " %.*s ", (int)strcspn(plus + 1, " "), plus + 1);
		if (!strstr(there, name))
			return fail(&c->error, c->rootless ?
				    "the limit on%sneeds a cgroup that was delegated to you with this controller (as root: systemctl edit "
				    "user@.service, with Delegate=cpu cpuset io memory pids below [Service]); or omit the limit" :
				    "the limit on%sneeds cgroup v2, which lacks this controller here: " WAYS_OUT, name);
	}
	return 0;
}

/* ---- Limits -------------------------------------------------------------------------------------- */

static int put_number(struct container *c, const char *file, uint64_t number)
{
	char text[24] = "max";

	if (number != UINT64_MAX)
		snprintf(text, sizeof text, "%llu", (unsigned long long)number);
	return put(&c->error, "set a limit", c->cgroup_fd, file, text);
}

/* --memory-swap is the sum of memory and swap: docker-run(1). By default, there is as much swap as memory. */
static int limit_memory(struct container *c)
{
	const struct resources *r = &c->spec->resources;
	uint64_t swap = r->memory_swap ? r->memory_swap - r->memory : r->memory;

	if (r->memory_swap == UINT64_MAX || r->memory == UINT64_MAX)
		swap = UINT64_MAX;
	if (put_number(c, "memory.max", r->memory) == -1)
		return -1;
	return put_number(c, "memory.swap.max", swap) == 0 || c->error.number == ENOENT ? 0 : -1;	/* ENOENT: the kernel has no swap limit */
}

/* io.max takes the device number of a whole disk. A partition's directory in /sys lies in the directory of its disk. */
static int limit_io(struct container *c, const struct throttle *list, const char *word)
{
	for (; list && list->path; list++) {
		char text[128], whole[32];
		struct stat it;
		dev_t device;

		if (stat(list->path, &it) == -1)
			return fail_call(&c->error, "find the device to limit", "stat(\"%s\")", list->path);
		device = S_ISBLK(it.st_mode) ? it.st_rdev : it.st_dev;
		snprintf(whole, sizeof whole, "%u:%u", major(device), minor(device));
		snprintf(text, sizeof text, "/sys/dev/block/%s/partition", whole);
		if (access(text, F_OK) == 0) {
			snprintf(text, sizeof text, "/sys/dev/block/%s/../dev", whole);
			get(AT_FDCWD, text, whole, sizeof whole);
			whole[strcspn(whole, "\n")] = '\0';
		}
		snprintf(text, sizeof text, "%s %s=%llu", whole, word, (unsigned long long)list->rate);
		if (put(&c->error, "limit a device", c->cgroup_fd, "io.max", text) == -1) {
			remedy(&c->error, ENODEV, "its file system is not on a disk; name a disk, or a file on a disk");
			return wrap(&c->error, "%s", list->path);
		}
	}
	return 0;
}

static int limit_cpuset(struct container *c)
{
	const char *list = c->spec->resources.cpuset;
	char there[256] = "";

	if (put(&c->error, "keep the container on these CPUs", c->cgroup_fd, "cpuset.cpus", list) == 0)
		return 0;
	if (c->error.number != ERANGE)
		return remedy(&c->error, EINVAL, "a list of CPUs consists of numbers and ranges, such as 0-1,3");
	get(c->cgroup_fd, "cpuset.cpus.effective", there, sizeof there);
	there[strcspn(there, "\n")] = '\0';
	return fail(&c->error, "--cpuset-cpus %s: no such CPU; this machine has the CPUs %s", list, there);
}

static int set_limits(struct container *c)
{
	const struct resources *r = &c->spec->resources;
	char quota[48];

	if (r->memory && limit_memory(c) == -1)
		return -1;
	if (r->pids && put_number(c, "pids.max", r->pids) == -1)
		return -1;
	snprintf(quota, sizeof quota, "%llu 100000", (unsigned long long)r->cpus);
	if (r->cpus == UINT64_MAX)
		strcpy(quota, "max 100000");
	if (r->cpus && put(&c->error, "set a limit", c->cgroup_fd, "cpu.max", quota) == -1)
		return -1;
	if (r->cpuset && limit_cpuset(c) == -1)
		return -1;
	return limit_io(c, r->reads, "rbps") == -1 ? -1 : limit_io(c, r->writes, "wbps");
}

/* ---- The brick ----------------------------------------------------------------------------------- */

/*
 * The cgroup's name consists of the container's ID, and the device and inode numbers of its directory. The ID alone is not
 * unique on a host: a container with the same ID may run from another BOX_ROOT. The process that holds the directory can
 * therefore be sure that the cgroup with this name belongs to this container.
 */
static void cgroup_path(const struct container *c, const char *parent, char path[PATH_MAX])
{
	struct stat it = { 0 };

	fstat(c->directory, &it);
	snprintf(path, PATH_MAX, "%.*s/box/%s.%llx.%llx", PATH_MAX - NAME_MAX - 48, parent, c->id,
		 (unsigned long long)it.st_dev, (unsigned long long)it.st_ino);
}

/* If the cgroup exists, it is not ours, and neither are its limits and its processes. */
static int make_cgroup(struct container *c, const char *parent)
{
	char path[PATH_MAX];

	cgroup_path(c, parent, path);
	if (SHOW(&c->error, "create a cgroup for the container", mkdir(path, 0755), "mkdir(\"%s\", 0755)", path) == -1)
		return remedy(&c->error, EEXIST, "box did not create this cgroup; its cgroup.procs lists its processes, and rmdir removes it");
	strcpy(c->cgroup, path);
	c->cgroup_fd = SHOW(&c->error, "open the cgroup, to start the container in it", open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
			    "open(\"%s\", O_RDONLY | O_DIRECTORY)", path);
	return c->cgroup_fd == -1 ? -1 : 0;
}

/* Without limits, the container can do without a cgroup: then only box stats has nothing to show. If it has one already, give that one
 * the limits: box update. */
int cgroup_before(struct container *c)
{
	char parent[PATH_MAX], words[64];
	const char *controllers = needed(c->spec, words);
	CLOSED int top = -1, boxes = -1;

	if (c->spec->engine.owns)
		return slice_make(c);
	top = find_parent(c, parent) ? open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (top == -1)
		return !*controllers ? 0 :
		       fail(&c->error, "limits need a cgroup2 file system that box can write to: %s", c->rootless ?
			    "systemd-run --user --scope --property Delegate=yes box run ... gives you one; or omit the limits" : WAYS_OUT);
	if (*controllers && (check_controllers(c, top, controllers) == -1 || hand_out(c, top, parent, controllers) == -1))
		return -1;
	if (have_directory(&c->error, "create a parent for the containers' cgroups", top, "box", 0755) == -1)
		return wrap(&c->error, "%s", parent);
	boxes = openat(top, "box", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*controllers && hand_out(c, boxes, parent, controllers) == -1)
		return -1;
	if (!*c->cgroup && make_cgroup(c, parent) == -1)
		return -1;
	return set_limits(c) == -1 ? -1 : guard_devices(c);
}

bool cgroup_oom(int cgroup)
{
	return cgroup_says(cgroup, "memory.events", "oom_kill ") && !cgroup_says(cgroup, "memory.events", "oom_kill 0\n");
}

void cgroup_report(struct container *c)
{
	char limit[32] = "";

	c->oom = cgroup_oom(c->cgroup_fd);
	if (!c->oom || !c->spec->resources.memory || get(c->cgroup_fd, "memory.max", limit, sizeof limit) == -1)
		return;
	limit[strcspn(limit, "\n")] = '\0';
	fprintf(stderr, "box: killed by the kernel: %s wanted more than the %s bytes of --memory\n", c->id, limit);
}

/* After a crash, we know only the container's directory, but that is enough: it has a link to an engine's cgroup, and the name of any other
 * is made of it. Without a crash, c->cgroup is set only if we have created the cgroup. */
static bool find_own(struct container *c)
{
	char parent[PATH_MAX];

	if (*c->cgroup || c->spec)
		return *c->cgroup;
	if (readlinkat(c->directory, CGROUP, c->cgroup, sizeof c->cgroup - 1) == -1 && find_parent(c, parent))
		cgroup_path(c, parent, c->cgroup);
	return *c->cgroup;
}

/* Copy the name of one of the cgroups in the cgroup FD to NAME. Returns false if there is none. */
static bool has_child(int fd, char name[NAME_MAX + 1])
{
	DIR *all LISTED = fdopendir(openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *entry;

	while (all && (entry = next_entry(all)))
		if (entry->d_type == DT_DIR) {
			strcpy(name, entry->d_name);
			return true;
		}
	return false;
}

/* Remove one of the cgroups that the container has created in its own: rmdir(2) removes only those without children. However deep
 * they are nested, two descriptors are enough. */
static bool remove_leaf(int cgroup)
{
	CLOSED int parent = -1, leaf = openat(cgroup, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[NAME_MAX + 1];

	while (leaf >= 0 && has_child(leaf, name)) {
		close_it(&parent);
		parent = leaf;
		leaf = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	return parent >= 0 && MAY("remove a cgroup that the container has created", unlinkat(parent, name, AT_REMOVEDIR),
				  "unlinkat(%d, \"%s\", AT_REMOVEDIR)", parent, name) == 0;
}

/* End all processes in the cgroup and below, and remove the cgroups below. */
static void clear_cgroup(struct container *c)
{
	struct error ignored = { 0 };

	if (c->cgroup_fd < 0)
		c->cgroup_fd = open(c->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)!put(&ignored, "kill all processes in the cgroup and below", c->cgroup_fd, "cgroup.kill", "1");
	while (remove_leaf(c->cgroup_fd))
		;
}

/* A cgroup can be removed only when its last process has ended, and a killed process takes a moment. After any other error,
 * try twice more: nobody else will remove it later. */
void cgroup_undo(struct container *c)
{
	int patience = 2000;	/* ms */

	if (!find_own(c))
		return;
	if (scope_of(c) && access(c->cgroup, F_OK) == 0) {	/* systemd would not notice that it is gone */
		clear_cgroup(c);
		scope_stop(c);
	}
	while (MAY("remove the cgroup", rmdir(c->cgroup), "rmdir(\"%s\")", c->cgroup) == -1 && errno != ENOENT && patience > 0) {
		patience -= errno == EBUSY ? 1 : 1000;
		clear_cgroup(c);
		poll(NULL, 0, 1);
	}
	close_it(&c->cgroup_fd);
}
