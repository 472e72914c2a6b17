/*
 * cage - protects the judge from a stranger's program. The judge installs cage under the program's name; cage
 * drops the capabilities that no step needs, and executes CAGE.program.
 *
 * Without CAP_SYS_PTRACE, root can't trace a process that has more capabilities, write to its memory, or open
 * its descriptors. bats, which reports to the judge, is such a process. The program also can't load modules,
 * access I/O ports or reboot, and it inherits no descriptors except stdin, stdout and stderr.
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
