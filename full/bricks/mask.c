/*
 * mask.c - protects the kernel behind /proc and /sys: covers the files with secrets, and makes the files that change the
 * kernel read-only. The lists are those of containerd.
 *
 *   see      box run ROOTFS sh -c 'cat /proc/kcore | wc -c; echo 1 >/proc/sys/vm/drop_caches'
 *   break    box run --without mask ROOTFS sh -c 'echo 1 >/proc/sys/vm/drop_caches'
 *   read     proc(5); CVE-2019-16884, CVE-2025-31133: this must be the real /proc, and the real /dev/null
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <sys/mount.h>

#include "base/say.h"
#include "bricks/brick.h"

static const char *const files[] = {
	"proc/interrupts", "proc/kcore", "proc/keys", "proc/latency_stats", "proc/timer_list", "proc/timer_stats",
	"proc/sched_debug",
};
static const char *const directories[] = {
	"proc/asound", "proc/acpi", "proc/dynamic_debug", "proc/scsi", "sys/firmware", "sys/devices/virtual/powercap",
};
static const char *const switches[] = { "proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger" };

#define COUNT(list) (sizeof (list) / sizeof *(list))

/* A kernel may lack some of the files. */
static int gone(struct container *c, const char *path)
{
	return errno == ENOENT ? 0 : fail_call(&c->error, "cover a file of the host's kernel", "mount(\"%s\")", path);
}

static int make_read_only(struct container *c, const char *path)
{
	if (MAY("make it a mount point", mount(path, path, NULL, MS_BIND | MS_REC, NULL),
		"mount(\"%s\", \"%s\", NULL, MS_BIND | MS_REC, NULL)", path, path) == -1)
		return gone(c, path);
	return SHOW(&c->error, "make it read-only",
		    mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL),
		    "mount(NULL, \"%s\", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL)", path);
}

/* Mount an empty tmpfs on the first directory, and bind it to the others: a bind mount is cheaper. */
static int cover_directories(struct container *c)
{
	const char *empty = NULL;

	for (size_t i = 0; i < COUNT(directories); i++) {
		const char *path = directories[i], *source = empty ? empty : "tmpfs", *options = empty ? NULL : "size=0";
		const unsigned long flags = empty ? MS_BIND : MS_RDONLY;

		if (MAY("cover it", mount(source, path, "tmpfs", flags, options), "mount(\"%s\", \"%s\", \"tmpfs\", 0x%lx, \"%s\")",
			source, path, flags, options ? options : "") == 0)
			empty = path;
		else if (gone(c, path) == -1)
			return -1;
	}
	return 0;
}

int mask_inside(struct container *c)
{
	if (c->spec->privileged || !with(c->spec, "proc") || !with(c->spec, "sys"))
		return 0;
	for (size_t i = 0; with(c->spec, "dev") && i < COUNT(files); i++)
		if (MAY("cover it", mount("dev/null", files[i], NULL, MS_BIND, NULL),
			"mount(\"dev/null\", \"%s\", NULL, MS_BIND, NULL)", files[i]) == -1 && gone(c, files[i]) == -1)
			return -1;
	if (cover_directories(c) == -1)
		return -1;
	for (size_t i = 0; i < COUNT(switches); i++)
		if (make_read_only(c, switches[i]) == -1)
			return -1;
	return 0;
}
