/*
 * apparmor.c - an AppArmor profile that an engine asks for. The kernel applies it at execve(2), to the command alone.
 *
 *   see      podman run IMAGE cat /proc/self/attr/current, as root, where AppArmor is enabled
 *   read     apparmor(7), aa_change_onexec(3), aa-status(8)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>

#include "base/text.h"
#include "bricks/brick.h"

/* An image may have a directory /proc of its own, whose files take any profile and apply none: CVE-2019-16884. */
int apparmor_inside(struct container *c)
{
	const char *profile = c->spec->process.apparmor;
	char *words FREED = NULL;
	CLOSED int self = -1;

	if (!profile)
		return 0;
	self = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!is_on(self, PROC_SUPER_MAGIC))
		return fail(&c->error, "AppArmor profile %s: the container has no procfs at /proc to apply it; mount one", profile);
	words = formatted("exec %s", profile);
	if (put(&c->error, "confine the command by its AppArmor profile", self, "attr/apparmor/exec", words) == 0)
		return 0;
	remedy(&c->error, EINVAL, "AppArmor is disabled");
	remedy(&c->error, ENOENT, "the kernel has no AppArmor, or the profile is not loaded; aa-status(8) lists what is, and apparmor_parser(8) loads one");
	return wrap(&c->error, "AppArmor profile %s", profile);
}
