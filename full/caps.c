/*
 * caps.c - what is left of root: few capabilities, and none that execve(2) could give back.
 *
 *   see      box run ROOTFS grep Cap /proc/self/status
 *   break    box run --without caps ROOTFS mount -t tmpfs none /tmp
 *   read     capabilities(7), prctl(2) on PR_SET_NO_NEW_PRIVS
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bricks.h"

int rlimit_inside(struct container *c)
{
	for (const struct ulimit *u = c->spec->ulimits; u && u->word; u++) {
		const struct rlimit limit = { u->soft, u->hard };

		if (SHOW(&c->error, "limit it, and what it starts", setrlimit(u->resource, &limit),
			 "setrlimit(%d, {%llu, %llu})", u->resource, (unsigned long long)u->soft, (unsigned long long)u->hard) == -1)
			return wrap(&c->error, "--ulimit %s, which can't be more than ulimit -H and the kernel allow", u->word);
	}
	return 0;
}

/*
 * All but 0, 1, 2 and our channel, which execve(2) closes. While a directory of the host's is open, /proc/self/fd leads
 * there: a working directory, a link at COMMAND's place (CVE-2024-21626). So they have to go before we look for either.
 */
int close_inside(struct container *c)
{
	c->directory = c->tree = c->cgroup_fd = -1;
	if (c->channel > 3 && SHOW(&c->error, "let no descriptor in", syscall(SYS_close_range, 3, c->channel - 1, 0),
				   "close_range(3, %d, 0)", c->channel - 1) == -1)
		return -1;
	return SHOW(&c->error, "let no descriptor in", syscall(SYS_close_range, c->channel + 1, ~0u, 0),
		    "close_range(%d, ~0u, 0)", c->channel + 1);
}

/* What the set does not have, execve(2) will never give. */
static int drop_bounding(struct container *c)
{
	for (int i = 0; i <= CAP_LAST_CAP; i++) {
		if (c->spec->capabilities >> i & 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) == -1 && errno != EINVAL)	/* a kernel that hasn't it */
			return fail_call(&c->error, "drop a capability for good", "prctl(PR_CAPBSET_DROP, %d)", i);
	}
	return MAY("drop the others for good", 0, "prctl(PR_CAPBSET_DROP, each of 0x%" PRIx64 ")", ~c->spec->capabilities);
}

/* Root has the set, and hands none down by itself: inheritable is empty, so ambient is. Others have none, whatever
 * securebits(7) our caller gave us. */
static int set_capabilities(struct container *c, uid_t user)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct now[2], sets[2] = { 0 };

	if (syscall(SYS_capget, &header, now) == -1)
		return fail_call(&c->error, "see what we may", "capget()");
	for (int i = 0; user == 0 && i < 2; i++)
		sets[i].effective = sets[i].permitted = now[i].permitted & (uint32_t)(c->spec->capabilities >> 32 * i);
	return SHOW(&c->error, "keep these capabilities", syscall(SYS_capset, &header, sets), "capset({0x%x, 0x%x})",
		    sets[0].permitted, sets[1].permitted);
}

/* In the user namespace of one who may not, setgroups(2) is denied for good: user_namespaces(7). */
static bool groups_are_denied(void)
{
	char text[8];

	return get(AT_FDCWD, "/proc/self/setgroups", text, sizeof text) > 0 && *text == 'd';
}

static int become(struct container *c, const struct identity *who)
{
	if ((SHOW(&c->error, "have these groups and no others", setgroups(who->count, who->more), "setgroups(%d, more)", who->count) == -1 &&
	     !(c->error.number == EPERM && (c->rootless || groups_are_denied()))) ||
	    SHOW(&c->error, "be this group", setresgid(who->group, who->group, who->group), "setresgid(%u)", who->group) == -1 ||
	    SHOW(&c->error, "be this user", setresuid(who->user, who->user, who->user), "setresuid(%u)", who->user) == -1)
		return remedy(&c->error, EINVAL, "its user namespace has no such ID: newuidmap(1) and /etc/subuid give an ordinary user more than one");
	return 0;
}

/* The directory must lie in here: one that does not is a descriptor of the host's (CVE-2024-21626). */
static int enter_workdir(struct container *c)
{
	const char *directory = c->spec->workdir ? c->spec->workdir : "/";
	char path[PATH_MAX];

	if (SHOW(&c->error, "start in this directory", chdir(directory), "chdir(\"%s\")", directory) == -1)
		return remedy(&c->error, ENOENT, "--workdir is a directory of the container's, and there has to be one");
	if (!getcwd(path, sizeof path) || *path != '/')
		return fail(&c->error, "--workdir %s: it leads out of the container", directory);
	return 0;
}

/* Or they could not be opened again, as /dev/stdout. What our caller handed us stays as it is. */
static int give_streams(struct container *c, uid_t user)
{
	for (int fd = STDIN_FILENO; user && fd <= STDERR_FILENO; fd++)
		if (c->kept[fd] >= 0)
			MAY("give the user the pipe", fchown(fd, user, -1), "fchown(%d, %u, -1)", fd, user);
	if (!c->spec->tty || !with(c, "terminal"))
		return 0;
	return DO(&c->error, "give the user the terminal", fchown(STDIN_FILENO, user, -1)) == -1 ? -1 : 0;
}

static int apply(struct container *c)
{
	struct identity who = { 0 };

	if (find_user(c->spec->user ? c->spec->user : "0", &who, &c->error) == -1)
		return -1;
	if (with(c, "caps") && drop_bounding(c) == -1)
		return -1;
	if (give_streams(c, who.user) == -1)
		return -1;
	if (become(c, &who) == -1)
		return -1;
	c->home = strdup(who.home);
	if (with(c, "caps") && set_capabilities(c, who.user) == -1)
		return -1;
	if (!with(c, "caps") || c->spec->privileged)
		return 0;
	return DO(&c->error, "never gain privileges by execve", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

int caps_inside(struct container *c)
{
	return apply(c) == -1 ? -1 : enter_workdir(c);
}
