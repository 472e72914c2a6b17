#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
	static const char *const names[] = { "uts", "pid" };
	char path[64];
	int fds[2], status = 0;

	if (argc < 3)
		return 1;
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "/proc/%s/ns/%s", argv[1], names[i]);
		fds[i] = open(path, O_RDONLY | O_CLOEXEC);
	}
	for (int i = 0; i < 2; i++)
		if (setns(fds[i], 0) == -1)
			return 1;
#ifdef WRONG
	if (1) {
#else
	if (fork() == 0) {
#endif
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	wait(&status);
	return WEXITSTATUS(status);
}
