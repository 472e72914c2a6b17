/*
 * namespaces.c - inodes, user maps, and the look from inside.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
#include "lens.h"

const char *const namespace_names[NAMESPACES] = { "cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts" };

/* A namespace is identified by its inode: two processes share it if the inodes are equal. */
void read_namespaces(struct side *s, int proc)
{
	char path[32];
	struct stat it;

	for (int i = 0; i < NAMESPACES; i++) {
		snprintf(path, sizeof path, "ns/%s", namespace_names[i]);
		s->ns[i] = fstatat(proc, path, &it, 0) == -1 ? 0 : it.st_ino;
	}
}

static void read_map(struct range *ranges, int proc, const char *name)
{
	FILE *file = open_file(proc, name);

	memset(ranges, 0, RANGES * sizeof *ranges);
	for (int i = 0; file && i < RANGES; i++)
		if (fscanf(file, "%lu %lu %lu", &ranges[i].first, &ranges[i].lower, &ranges[i].count) != 3)
			break;
	if (file)
		fclose(file);
}

/* Translate UID, as the host numbers it, into the ID in the process's user namespace. */
static long uid_inside(const struct view *v, long uid)
{
	if (v->host.ns[USER] == v->container.ns[USER])
		return uid;
	for (const struct range *r = v->container.uids; r < v->container.uids + RANGES; r++)
		if (uid >= 0 && r->count && (unsigned long)uid >= r->lower && (unsigned long)uid - r->lower < r->count)
			return r->first + (uid - r->lower);
	return -1;
}

void read_users(struct view *v)
{
	char status[8192], *line;

	read_map(v->host.uids, AT_FDCWD, "/proc/self/uid_map");
	read_map(v->host.gids, AT_FDCWD, "/proc/self/gid_map");
	read_map(v->container.uids, v->proc, "uid_map");
	read_map(v->container.gids, v->proc, "gid_map");
	v->host.uid = -1;
	read_file(v->proc, "status", status, sizeof status);
	if ((line = strstr(status, "\nUid:\t")))
		sscanf(line, " Uid: %*d %ld", &v->host.uid);
	v->container.uid = uid_inside(v, v->host.uid);
}

/* Enter the process's namespace. Without root, first enter its user namespace: there, we may have the capabilities. */
static bool enter(const struct view *v, int which)
{
	static bool tried;
	char path[32];
	int fd, user;

	snprintf(path, sizeof path, "ns/%s", namespace_names[which]);
	if ((fd = openat(v->proc, path, O_RDONLY | O_CLOEXEC)) == -1)
		return false;
	if (setns(fd, 0) == 0)
		return true;
	if (tried || errno != EPERM || (user = openat(v->proc, "ns/user", O_RDONLY | O_CLOEXEC)) == -1)
		return false;
	tried = true;
	return setns(user, CLONE_NEWUSER) == 0 && setns(fd, 0) == 0;
}

/* In the child: read what the kernel shows only inside the namespaces. */
static void look_from_inside(struct view *v)
{
	struct side *its = &v->container;
	struct utsname names;
	int host_net = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (its->ns[UTS] != v->host.ns[UTS]) {
		*its->hostname = '\0';
		if (enter(v, UTS) && uname(&names) == 0)
			snprintf(its->hostname, sizeof its->hostname, "%s", names.nodename);
	}
	if (its->ns[CGROUP] != v->host.ns[CGROUP]) {
		*its->cgroup = '\0';
		if (enter(v, CGROUP))
			read_cgroup_path(its, v->proc);
	}
	if (its->ns[NET] != v->host.ns[NET] && enter(v, NET))
		read_links(its, host_net);
}

/* The child writes into v, which is shared memory. Values that it can't read stay unchanged. */
void read_from_inside(struct view *v)
{
	struct side *host = &v->host, *its = &v->container;
	int net = openat(v->proc, "ns/net", O_RDONLY | O_CLOEXEC);
	pid_t child;

	gethostname(host->hostname, sizeof host->hostname);
	strcpy(its->hostname, host->hostname);
	strcpy(its->cgroup, host->cgroup);
	read_links(host, net);
	if (its->ns[NET] == host->ns[NET]) {
		memcpy(its->links, host->links, sizeof its->links);
		its->link_count = host->link_count;
	} else {
		read_link_names(its, v->proc);
	}
	fflush(NULL);
	if ((child = fork()) == -1)
		complain("cannot look from inside: fork: %s", strerror(errno));
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		look_from_inside(v);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	if (net != -1)
		close(net);
}
