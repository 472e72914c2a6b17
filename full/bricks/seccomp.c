/*
 * seccomp.c - installs a system call filter.
 *
 * The default profile, seccomp.json, is compiled for the default capabilities when box is built (filter.c). With more
 * capabilities, box compiles it again, because the profile allows more system calls then.
 *
 *   see      box run ROOTFS grep Seccomp /proc/self/status
 *   break    box run --cap-add SYS_ADMIN --security-opt seccomp=unconfined ROOTFS mount -t tmpfs none /tmp
 *   read     seccomp(2), profile.c
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bricks/brick.h"
#include "bricks/channel.h"
#include "bricks/seccomp.h"

#include "filter.h"

int seccomp_choose(struct spec *s, struct error *e)
{
	static char text[1 << 20];
	const uint64_t capabilities = s->process.capabilities.bounding;
	const bool unconfined = s->own.seccomp ? strcmp(s->own.seccomp, "unconfined") == 0 : s->own.privileged;
	char *path;
	ssize_t length;

	s->filter = (struct sock_fprog){ unconfined ? 0 : sizeof default_filter / sizeof *default_filter, default_filter };
	if (unconfined)
		return 0;
	if (!s->own.seccomp)
		return capabilities & ~DEFAULT_CAPABILITIES ? profile_compile(default_profile, capabilities, &s->filter, e) : 0;
	path = realpath(s->own.seccomp, NULL);
	length = path ? get(AT_FDCWD, path, text, sizeof text) : -1;
	if (length == -1)
		return fail(e, "--security-opt seccomp=%s: %s", s->own.seccomp, strerror(errno));
	s->own.seccomp = path;	/* box exec may have another working directory */
	if (length == sizeof text - 1)
		return fail(e, "--security-opt seccomp=%s: too large; a profile has less than %zu bytes", path, sizeof text);
	if (profile_compile(text, capabilities, &s->filter, e) == -1)
		return wrap(e, "--security-opt seccomp=%s", path);
	return !seccomp_asks(&s->filter) ? 0 : fail(e, "--security-opt seccomp=%s: SCMP_ACT_NOTIFY is for engines, which name the agent to ask", path);
}

bool seccomp_asks(const struct sock_fprog *filter)
{
	for (int i = 0; i < filter->len; i++)
		if (filter->filter[i].code == (BPF_RET | BPF_K) && filter->filter[i].k == SECCOMP_RET_USER_NOTIF)
			return true;
	return false;
}

bool seccomp_is_early(const struct spec *s)
{
	return with(s, "seccomp") && with(s, "caps") && (!s->process.no_new_privs || s->engine.agent);
}

int seccomp_apply(struct container *c)
{
	const struct sock_fprog *filter = &c->spec->filter;
	const unsigned flags = c->spec->engine.agent ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
	int listener, result;

	if (filter->len == 0)
		return 0;
	listener = SHOW(&c->error, "install the system call filter", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, filter),
			"seccomp(SECCOMP_SET_MODE_FILTER, %u, {%d instructions})", flags, filter->len);
	if (listener == -1)
		return remedy(&c->error, EACCES, "a user other than root needs no_new_privs for this, which the brick caps sets");
	if (!flags)
		return 0;
	result = channel_pass(c, "pass its listener to the host", listener);
	close(listener);
	return result;
}
