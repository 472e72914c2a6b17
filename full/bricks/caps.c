/*
 * caps.c - what is left of root: a few capabilities, and execve(2) can't add any.
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
#include <linux/keyctl.h>
#include <linux/magic.h>
#include <linux/securebits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bricks/brick.h"
#include "bricks/seccomp.h"
#include "bricks/user.h"

/* An engine asks for a RLIMIT_MEMLOCK of its own accord, whether or not root may raise it here: without CAP_SYS_RESOURCE, it
 * stays as it is. */
static bool stays(const struct container *c, const struct ulimit *u)
{
	return c->spec->engine.owns && u->resource == RLIMIT_MEMLOCK && c->error.number == EPERM;
}

/* From outside: this file of a process that has become root of a user namespace belongs to root of the host. proc(5) */
int oom_outside(struct container *c)
{
	const char *wanted = c->spec->process.oom_score_adj;
	char path[48];

	snprintf(path, sizeof path, "/proc/%d/oom_score_adj", c->pid);
	return wanted ? put(&c->error, "tell the OOM killer how much it matters", AT_FDCWD, path, wanted) : 0;
}

int rlimit_inside(struct container *c)
{
	const int domain = c->spec->process.personality;

	if (domain && SHOW(&c->error, "set the execution domain", personality(domain - 1), "personality(0x%x)", domain - 1) == -1)
		return -1;
	for (const struct ulimit *u = c->spec->process.rlimits; u && u->word; u++) {
		const struct rlimit limit = { u->soft, u->hard };
		const int result = SHOW(&c->error, "limit the command and its children", setrlimit(u->resource, &limit),
					"setrlimit(%d, {%llu, %llu})", u->resource, (unsigned long long)u->soft, (unsigned long long)u->hard);

		if (result == -1 && !stays(c, u))
			return wrap(&c->error, "--ulimit %s (the maximum is what ulimit -H and the kernel allow)", u->word);
	}
	return 0;
}

static int close_all(struct container *c, unsigned first, unsigned last)
{
	if (first > last)
		return 0;
	return SHOW(&c->error, "close the descriptors that the container must not have",
		    syscall(SYS_close_range, first, last, 0), "close_range(%u, %u, 0)", first, last);
}

/*
 * Close all descriptors but 0, 1, 2 and our channel, which execve(2) closes. While one of the host's directories is open, a
 * working directory, or a symbolic link in COMMAND's path, can lead there through /proc/self/fd (CVE-2024-21626). So close
 * them before we look up either.
 */
int close_inside(struct container *c)
{
	const int channel = c->channel, gate = c->gate == -1 ? channel : c->gate;
	const unsigned lower = gate < channel ? gate : channel, higher = gate < channel ? channel : gate;

	c->directory = c->tree = c->cgroup_fd = -1;
	if (close_all(c, 3 + c->spec->engine.preserved, lower - 1) == -1 || close_all(c, lower + 1, higher - 1) == -1)
		return -1;
	return close_all(c, higher + 1, ~0u);
}

static int drop_each(uint64_t set)
{
	for (int i = 0; i <= CAP_LAST_CAP; i++)
		if (set >> i & 1 && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) == -1 && errno != EINVAL)
			return -1;	/* with EINVAL, this kernel doesn't have the capability */
	return 0;
}

/* execve(2) never gives a capability that is not in the bounding set. The caller's securebits could change what it gives to root. */
static int drop_bounding(struct container *c)
{
	const uint64_t all = (UINT64_C(2) << CAP_LAST_CAP) - 1, others = all & ~c->spec->process.capabilities.bounding;

	MAY("reset the caller's securebits", prctl(PR_SET_SECUREBITS, SECUREBITS_DEFAULT), "prctl(PR_SET_SECUREBITS, SECUREBITS_DEFAULT)");
	return !others ? 0 : SHOW(&c->error, "drop the other capabilities for good", drop_each(others),
				  "prctl(PR_CAPBSET_DROP, each of 0x%" PRIx64 ")", others);
}

/* A capability that is not in the permitted and in the inheritable set can't be ambient: crun leaves it out, and podman build counts
 * on that. */
static int raise_ambient(struct container *c, uint64_t set)
{
	for (int i = 0; i <= CAP_LAST_CAP; i++)
		if (set >> i & 1 && SHOW(&c->error, "let any program keep it", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0),
					 "prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, %d)", i) == -1)
			return -1;
	return 0;
}

/* Root gets the sets, and other users only what execve(2) would leave them: the ambient set. Whatever securebits our caller has set:
 * capabilities(7). */
static int set_capabilities(struct container *c, uid_t user)
{
	const struct capabilities *wanted = &c->spec->process.capabilities;
	const uint64_t most = user == 0 ? UINT64_MAX : wanted->ambient;
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct now[2], sets[2] = { 0 };

	if (syscall(SYS_capget, &header, now) == -1)
		return fail_call(&c->error, "get our capabilities", "capget()");
	for (int i = 0; i < 2; i++) {
		sets[i].permitted = now[i].permitted & (uint32_t)((wanted->permitted & most) >> 32 * i);
		sets[i].effective = sets[i].permitted & (uint32_t)(wanted->effective >> 32 * i);
		sets[i].inheritable = now[i].permitted & (uint32_t)((wanted->inheritable & wanted->bounding) >> 32 * i);
	}
	return SHOW(&c->error, "keep these capabilities", syscall(SYS_capset, &header, sets), "capset({0x%x, 0x%x})",
		    sets[0].permitted, sets[1].permitted) == -1 ? -1 :
	       raise_ambient(c, wanted->ambient & wanted->inheritable & wanted->permitted);
}

/* In a user namespace that an ordinary user has created, setgroups(2) may be denied for good: user_namespaces(7). */
static bool groups_are_denied(void)
{
	char text[8];

	return get(AT_FDCWD, "/proc/self/setgroups", text, sizeof text) > 0 && *text == 'd';
}

static int set_groups(struct container *c, const struct identity *who)
{
	if (c->spec->engine.keeps_groups)
		return 0;
	if (SHOW(&c->error, "set the supplementary groups", setgroups(who->count, who->more), "setgroups(%d, more)", who->count) == 0)
		return 0;
	return c->error.number == EPERM && (c->rootless || groups_are_denied()) ? 0 : -1;
}

static int become(struct container *c, const struct identity *who)
{
	if (set_groups(c, who) == -1 ||
	    SHOW(&c->error, "change to this group", setresgid(who->group, who->group, who->group), "setresgid(%u)", who->group) == -1 ||
	    SHOW(&c->error, "change to this user", setresuid(who->user, who->user, who->user), "setresuid(%u)", who->user) == -1)
		return remedy(&c->error, EINVAL, "the user namespace does not map this ID; newuidmap(1) and /etc/subuid give an ordinary user more IDs");
	return 0;
}

/* The directory must be inside the container. If not, a descriptor of one of the host's directories is open (CVE-2024-21626). */
static int enter_workdir(struct container *c)
{
	const char *directory = c->spec->process.cwd ? c->spec->process.cwd : "/";
	char path[PATH_MAX];

	if (SHOW(&c->error, "start in this directory", chdir(directory), "chdir(\"%s\")", directory) == -1)
		return remedy(&c->error, ENOENT, "--workdir must exist in the container");
	if (!getcwd(path, sizeof path) || *path != '/')
		return fail(&c->error, "--workdir %s leads out of the container; use another directory", directory);
	return 0;
}

/* Otherwise the user could not open them again, as /dev/stdout. A file that box's caller passes keeps its owner. */
static int give_streams(struct container *c, uid_t user)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (is_on(fd, PIPEFS_MAGIC))
			MAY("give the user the pipe", fchown(fd, user, -1), "fchown(%d, %u, -1)", fd, user);
	if (!c->spec->process.terminal || !with(c->spec, "terminal"))
		return 0;
	return DO(&c->error, "give the user the terminal", fchown(STDIN_FILENO, user, -1)) == -1 ? -1 : 0;
}

/* The caller's session keyring can contain keys to the host's file systems. Where keyctl(2) fails in another way, because the
 * kernel or an outer container's filter refuses it, the command has no way to those keys, either. session-keyring(7) */
static int make_keyring(struct container *c)
{
	if (MAY("leave the caller's keys: have a session keyring of its own", syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL),
		"keyctl(KEYCTL_JOIN_SESSION_KEYRING, NULL)") != -1 || errno != EDQUOT)
		return 0;
	fail_call(&c->error, "create a session keyring", "keyctl(KEYCTL_JOIN_SESSION_KEYRING)");
	return remedy(&c->error, EDQUOT, "/proc/key-users shows how many keys each user has; raise kernel.keys.maxkeys");
}

static int apply(struct container *c)
{
	const struct capabilities *wanted = &c->spec->process.capabilities;
	struct identity who = { 0 };

	if (find_user(c->spec->process.user ? c->spec->process.user : "0", c->spec->process.groups, &who, &c->error) == -1)
		return -1;
	if (!c->spec->engine.keeps_keyring && make_keyring(c) == -1)
		return -1;
	if (with(c->spec, "caps") && drop_bounding(c) == -1)
		return -1;
	if (give_streams(c, who.user) == -1)
		return -1;
	if ((wanted->ambient || wanted->inheritable) &&
	    DO(&c->error, "keep capabilities over the change of user", prctl(PR_SET_KEEPCAPS, 1)) == -1)
		return -1;
	if (seccomp_is_early(c->spec) && seccomp_apply(c) == -1)
		return -1;
	if (become(c, &who) == -1)
		return -1;
	c->home = who.home;
	free(who.more);
	if (with(c->spec, "caps") && set_capabilities(c, who.user) == -1)
		return -1;
	if (!with(c->spec, "caps") || !c->spec->process.no_new_privs)
		return 0;
	return DO(&c->error, "never gain privileges with execve(2)", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

int caps_inside(struct container *c)
{
	const bool engines = c->spec->engine.owns;
	bool entered;

	umask(c->spec->process.umask);
	entered = engines && enter_workdir(c) == 0;	/* root may enter where the user may not; on NFS, it can be the other way round */
	if (engines && !entered && c->error.number != EACCES)
		return -1;
	if (apply(c) == -1)
		return -1;
	return entered ? 0 : enter_workdir(c);
}
