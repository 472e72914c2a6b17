/*
 * cage - what stands between the judge and a stranger's program: cage is put where the program is looked
 * for, and becomes CAGE.program, with what no step needs taken away.
 *
 * Root without CAP_SYS_PTRACE may neither trace those that have more capabilities than it, nor write to
 * their memory, nor open their descriptors: bats, which holds the way to the judge, is such a process. It
 * can't load modules, reach I/O ports, or reboot either, and inherits no descriptor but its three streams.
 */
#define _GNU_SOURCE
#include <linux/capability.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
	static const int unneeded[] = {
		CAP_SYS_PTRACE,   CAP_SYS_MODULE,         CAP_SYS_RAWIO,       CAP_SYS_BOOT,        CAP_SYS_TIME,
		CAP_SYSLOG,       CAP_SYS_PACCT,          CAP_DAC_READ_SEARCH, CAP_LINUX_IMMUTABLE, CAP_MAC_ADMIN,
		CAP_MAC_OVERRIDE, CAP_AUDIT_CONTROL,      CAP_WAKE_ALARM,      CAP_BLOCK_SUSPEND,   CAP_PERFMON,
		CAP_BPF,          CAP_CHECKPOINT_RESTORE,
	};
	char path[4096];
	ssize_t length = readlink("/proc/self/exe", path, sizeof path - 16);

	if (argc < 1 || length == -1)
		return 125;
	snprintf(path + length, 16, ".program");
	for (size_t i = 0; i < sizeof unneeded / sizeof *unneeded; i++)
		prctl(PR_CAPBSET_DROP, unneeded[i]);
	if (syscall(SYS_close_range, 3, ~0u, 0) == -1)
		return 125;
	execv(path, argv);
	perror("cage");
	return 126;
}
