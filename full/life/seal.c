/*
 * seal.c - box runs as a file that no container can write to.
 *
 * While a process enters a container, it still runs box's program, and processes in there see it as /proc/PID/exe. The
 * container's root could overwrite box's file that way, and the host's root would run it next (CVE-2019-5736). So before
 * anything else, box executes itself again. Root executes the same file, through a read-only mount that is in no mount
 * table and can't be changed. Other users execute a sealed copy in memory. That takes time and memory, and is only needed
 * if box's file belongs to them.
 *
 *   see      box run --init ROOTFS; as root on the host: readlink /proc/PID/exe, of box's PID
 *   read     open_tree(2), mount_setattr(2), memfd_create(2), execveat(2)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/files.h"
#include "base/say.h"
#include "life/seal.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* On such a mount, our file is the root, so its path is "/". No program in the mount table has this path. */
static bool is_sealed(int exe)
{
	const int seals = fcntl(exe, F_GET_SEALS);
	struct statvfs mount;
	struct stat it;
	char path[2];

	if (seals != -1 && (seals & SEALS) == SEALS)
		return true;
	if (geteuid() != 0 && fstat(exe, &it) == 0 && it.st_uid != geteuid() && access("/proc/self/exe", W_OK) == -1)
		return true;	/* if we can't write to it, our containers can't either */
	return fstatvfs(exe, &mount) == 0 && mount.f_flag & ST_RDONLY &&
	       readlink("/proc/self/exe", path, sizeof path) == 1 && *path == '/';
}

static int read_only_mount(void)
{
	const struct mount_attr attributes = { .attr_set = MOUNT_ATTR_RDONLY };
	int fd = syscall(SYS_open_tree, AT_FDCWD, "/proc/self/exe", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	return syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &attributes, sizeof attributes) == -1 ? -1 : fd;
}

static int sealed_memory(int exe)
{
	int fd = memory_file("box", MFD_ALLOW_SEALING, true);
	ssize_t sent;

	if (fd == -1)
		return -1;
	while ((sent = sendfile(fd, exe, NULL, 1 << 30)) > 0)
		;
	return sent == -1 || fcntl(fd, F_ADD_SEALS, SEALS) == -1 ? -1 : fd;
}

/* AT_EXECFN is /dev/fd/N after execveat(2). If we are not sealed then, the mount did not work, and we must not try it again. */
int seal(char **argv, struct error *e)
{
	CLOSED int exe = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), copy = -1;
	const bool again = strncmp((const char *)getauxval(AT_EXECFN), "/dev/fd/", 8) == 0;
	char path[PATH_MAX] = "";

	if (exe == -1)
		return fail_call(e, "open box's own file", "open(\"/proc/self/exe\")");
	if (is_sealed(exe))
		return put(e, "set our name: the kernel has named us after the descriptor", AT_FDCWD, "/proc/self/comm", "box");
	if (again || geteuid() != 0 || (copy = read_only_mount()) == -1)
		copy = sealed_memory(exe);
	if (readlink("/proc/self/exe", path, sizeof path - 1) > 0)
		setenv(OWN_PATH, path, 1);
	if (copy >= 0)
		syscall(SYS_execveat, copy, "", argv, environ, AT_EMPTY_PATH);
	fail_call(e, "execute a copy of box that no container can write to", "execveat(%d)", copy);
	return remedy(e, EACCES, "vm.memfd_noexec=2 forbids programs in memory; let root own box's file, and box needs no copy");
}
