/*
 * confine.c - what box-unpack gives up before it reads the first byte of an image.
 *
 * A bug in a reader of hostile files can let the file's author run code in our process. So the process keeps only what
 * unpacking needs: one directory to write to, one to read from, the rights to create files for any user, and a few dozen
 * system calls.
 *
 *   read     namespaces(7), pivot_root(2), mount_setattr(2), capabilities(7), seccomp(2), seccomp_rule_add(3)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/files.h"
#include "base/say.h"
#include "bricks/mount.h"
#include "bricks/user.h"
#include "unpack/unpack.h"

/* The sanitizers map terabytes that they never touch. */
#ifdef __SANITIZE_ADDRESS__
#define MOST_MEMORY RLIM_INFINITY
#else
#define MOST_MEMORY (1u << 30)
#endif

static int set_limits(const struct unpack *u, struct error *e)
{
	const struct { int resource; rlim_t most; } limits[] = {
		{ RLIMIT_CORE, 0 }, { RLIMIT_NOFILE, 1024 }, { RLIMIT_AS, MOST_MEMORY }, { RLIMIT_FSIZE, u->most_bytes },
	};

	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
		struct rlimit now;

		if (getrlimit(limits[i].resource, &now) == -1)
			return fail_call(e, "get a limit", "getrlimit(%d)", limits[i].resource);
		if (now.rlim_max > limits[i].most)
			now.rlim_max = limits[i].most;
		now.rlim_cur = now.rlim_max;
		if (setrlimit(limits[i].resource, &now) == -1)
			return fail_call(e, "limit ourselves", "setrlimit(%d)", limits[i].resource);
	}
	signal(SIGXFSZ, SIG_IGN);	/* write(2) fails instead, with EFBIG */
	return 0;
}

/* With a mount of its own, not even ".." leads out of the layout's directory. Only a mount of our own namespace can be copied, and
 * the descriptor belongs to the caller's. So the path leads there once more. */
static int seal_source(struct unpack *u, struct error *e)
{
	const struct mount_attr attributes = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
							   MOUNT_ATTR_NOEXEC };
	int mount;

	if (u->is_tar)
		return 0;
	mount = DO(e, "copy the mount of the image's directory",
		   syscall(SYS_open_tree, AT_FDCWD, u->path, AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
	if (mount == -1)
		return -1;
	if (!is_same(mount, u->source))
		return fail(e, "%s has been replaced meanwhile", u->path);
	close(u->source);
	u->source = mount;
	return DO(e, "make it read-only",
		  syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof attributes));
}

/* nodev: we may create devices, and must not open them. */
static int enter_rootfs(struct error *e)
{
	const struct mount_attr attributes = { .attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };

	if (DO(e, "make the root file system a mount", mount("rootfs", "rootfs", NULL, MS_BIND, NULL)) == -1 ||
	    DO(e, "enter it", chdir("rootfs")) == -1 ||
	    DO(e, "let no device and no program in it be used",
	       syscall(SYS_mount_setattr, AT_FDCWD, ".", 0, &attributes, sizeof attributes)) == -1)
		return -1;
	if (DO(e, "make it our root", syscall(SYS_pivot_root, ".", ".")) == -1)
		return remedy(e, EINVAL, ROOT_MOUNT);
	if (DO(e, "detach the host's tree", umount2(".", MNT_DETACH)) == -1)
		return -1;
	return DO(e, "start from the root", chdir("/"));
}

static int drop_capabilities(struct error *e)
{
	const uint64_t kept = UINT64_C(1) << CAP_CHOWN | 1 << CAP_DAC_OVERRIDE | 1 << CAP_FOWNER | 1 << CAP_FSETID |
			      1 << CAP_MKNOD | UINT64_C(1) << CAP_SETFCAP;
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2];

	if (syscall(SYS_capget, &header, sets) == -1)
		return fail_call(e, "get our capabilities", "capget()");
	for (int i = 0; i < 2; i++) {
		sets[i].permitted &= (uint32_t)(kept >> 32 * i);
		sets[i].effective = sets[i].permitted;
		sets[i].inheritable = 0;
	}
	for (int i = 0; i <= CAP_LAST_CAP; i++)
		if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) == -1 && errno != EINVAL)
			return fail_call(e, "drop capabilities for good", "prctl(PR_CAPBSET_DROP, %d)", i);
	return DO(e, "keep only the capabilities to create files", syscall(SYS_capset, &header, sets));
}

int confine(struct unpack *u, struct error *e)
{
	if (DO(e, "die with the outside", prctl(PR_SET_PDEATHSIG, SIGKILL)) == -1 || set_limits(u, e) == -1)
		return -1;
	if (getppid() != u->outside)
		_exit(125);	/* it died before the prctl, so no signal will come */
	if (DO(e, "enter the bundle, and take it along into the new mount namespace", fchdir(u->bundle)) == -1)
		return -1;
	if (DO(e, "create namespaces", unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)) == -1) {
		u->container.error = *e;
		user_blocked(&u->container);
		*e = u->container.error;
		return -1;
	}
	if (DO(e, "keep our mounts to ourselves", mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) == -1 ||
	    seal_source(u, e) == -1 || enter_rootfs(e) == -1)
		return -1;
	close(u->parent);
	close(u->bundle);
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	umask(0);
	return drop_capabilities(e) == -1 ? -1 : DO(e, "never gain privileges", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

/* ---- System calls --------------------------------------------------------------------------------- */

/* Names that an architecture lacks are left out. */
static const char *const allowed[] = {
	"read", "readv", "pread64", "write", "writev", "pwrite64", "lseek", "_llseek", "close", "ftruncate", "ftruncate64",
	"fcntl", "fcntl64", "open", "openat", "openat2", "stat", "stat64", "lstat", "lstat64", "fstat", "fstat64", "newfstatat",
	"fstatat64", "statx", "getdents64", "mkdirat", "mknodat", "symlinkat", "linkat", "unlinkat", "renameat2", "fchdir",
	"fchownat", "fchmodat", "fchmodat2", "utimensat", "utimensat_time64", "lsetxattr", "uname", "brk", "munmap", "mremap",
	"madvise", "futex", "futex_time64", "getrandom", "clock_gettime", "clock_gettime64", "gettimeofday", "getpid", "gettid",
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "exit", "exit_group",
#ifdef __SANITIZE_ADDRESS__
	"mmap", "mprotect", "ptrace", "clone", "tgkill", "getrusage", "sched_yield", "prctl", "readlink", "readlinkat",
#endif
	NULL
};

/* New memory may hold no program. */
static const char *const maps[] = { "mmap", "mmap2", "mprotect", NULL };

static int add_rules(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp no_program = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	int result = 0;

	for (size_t i = 0; allowed[i] && result == 0; i++) {
		const int number = seccomp_syscall_resolve_name(allowed[i]);

		result = number == __NR_SCMP_ERROR ? 0 : seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
	}
	for (size_t i = 0; maps[i] && result == 0; i++) {
		const int number = seccomp_syscall_resolve_name(maps[i]);

		result = number == __NR_SCMP_ERROR ? 0 : seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, 1, &no_program);
	}
	return result;
}

int confine_calls(struct error *e)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int result = filter ? add_rules(filter) : -ENOMEM;

	if (result == 0)
		result = seccomp_load(filter);
	seccomp_release(filter);
	errno = -result;
	return result == 0 ? 0 : fail_call(e, "allow only the system calls that unpacking needs", "seccomp_load()");
}
