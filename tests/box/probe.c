/*
 * probe.c - make one system call, and say what came of it: its result, or errno's name.
 *
 *   usage    probe [i386] CALL [ARG]...    CALL: a name or a number; ARG: a number, or @TEXT for a pointer to TEXT
 *            probe swap NAME NAME          rename two names into each other's place, on and on
 *            probe type TEXT               type TEXT, and Enter, on any terminal that it can get hold of; say where it could
 *            probe writable                walk all of /, and say what could be opened to write, and where a file could be made
 *            probe fill                    have children until there can be no more; say what came of the next, and stay
 *
 * Static, for tests to bind into a container. i386 takes the 32-bit door (int 0x80) of an x86-64 kernel, by number.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* clang-format off */
#define CALL(name) { #name, SYS_##name }
static const struct { const char *name; long number; } calls[] = {
	CALL(bpf), CALL(chdir), CALL(clock_settime), CALL(clone), CALL(clone3), CALL(getpid), CALL(getppid), CALL(io_uring_setup), CALL(ioctl),
	CALL(keyctl), CALL(kill), CALL(mkdirat), CALL(mount), CALL(personality), CALL(prctl), CALL(setsid), CALL(socket), CALL(umask),
	CALL(unlinkat), CALL(unshare), { 0 }
};
/* clang-format on */

static long number_of(const char *name)
{
	for (int i = 0; calls[i].name; i++)
		if (strcmp(calls[i].name, name) == 0)
			return calls[i].number;
	return strtol(name, NULL, 0);
}

static long by_the_old_door(long number, const long *a)
{
#ifdef __x86_64__
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4])
			 : "memory", "r8", "r9", "r10", "r11");
	if (result < 0 && result > -4096) {
		errno = (int)-result;
		return -1;
	}
	return result;
#else
	(void)number, (void)a;
	errno = ENOSYS;
	return -1;
#endif
}

static _Noreturn void fill(void)
{
	pid_t child;

	while ((child = fork()) > 0)
		;
	if (child == -1) {
		puts(strerrorname_np(errno));
		fflush(stdout);
	}
	for (;;)
		pause();
}

/* Each way to type for another to read: ioctl_tty(2). On a virtual console a selection can be pasted, too. */
static int type_at(int fd, const char *text)
{
	static const char paste = 3; /* TIOCL_PASTESEL */
	int typed = 0;

	for (; fd >= 0 && *text; text++)
		typed |= ioctl(fd, TIOCSTI, text) == 0;
	return typed | (fd >= 0 && ioctl(fd, TIOCSTI, "\n") == 0) | (fd >= 0 && ioctl(fd, TIOCLINUX, &paste) == 0);
}

/* What it holds, what that leads to when it is opened anew, what its session has; and all again as a session's leader,
 * which may take a terminal that is nobody's, or with a capability another's. */
static void type(const char *text)
{
	static const char *const paths[] = {
		"/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2", "/dev/tty",
		"/proc/1/fd/0",    "/proc/1/fd/1",    "/proc/1/fd/2",    "/dev/pts/0",
	};

	for (int round = 0; round < 3; round++) {
		if (round == 1 && fork() != 0) {
			wait(NULL);
			return;
		}
		if (round == 1)
			setsid();
		for (int fd = 0; fd <= 2; fd++) {
			if (round == 2)
				ioctl(fd, TIOCSCTTY, 1);
			if (isatty(fd) || type_at(fd, text))
				printf("a terminal at %d\n", fd);
		}
		for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
			int fd = open(paths[i], O_RDWR | O_NONBLOCK);

			if (type_at(fd, text))
				printf("typed at %s\n", paths[i]);
			close(fd);
		}
		fflush(stdout);
	}
}

static int try_to_write(const char *path, const struct stat *it, int kind, struct FTW *walk)
{
	char made[4200], own[32];
	int fd;

	(void)walk;
	snprintf(own, sizeof own, "/proc/%d", getpid());
	if (kind == FTW_D && strncmp(path, "/proc/", 6) == 0 && path[6] > '0' && path[6] <= '9' &&
	    strcmp(path, own) != 0 && strncmp(path, strcat(own, "/"), strlen(own)) != 0)
		return FTW_SKIP_SUBTREE;
	snprintf(made, sizeof made, "%s/.written", path);
	if (kind == FTW_D && (fd = open(made, O_WRONLY | O_CREAT | O_EXCL, 0600)) >= 0) {
		unlink(made);
	} else {
		if (kind == FTW_D || kind == FTW_SL || !(it->st_mode & 0222) ||
		    (fd = open(path, O_WRONLY | O_NONBLOCK | O_NOFOLLOW)) == -1)
			return FTW_CONTINUE;
	}
	close(fd);
	printf("%s%s\n", path, kind == FTW_D && path[1] ? "/" : "");
	return FTW_CONTINUE;
}

int main(int argc, char *argv[])
{
	const int old = argc > 1 && strcmp(argv[1], "i386") == 0;
	long a[6] = { 0 }, number, result;

	while (argc == 4 && strcmp(argv[1], "swap") == 0)
		if (renameat2(AT_FDCWD, argv[2], AT_FDCWD, argv[3], RENAME_EXCHANGE) == -1)
			return 1;
	if (argc == 2 && strcmp(argv[1], "fill") == 0)
		fill();
	if (argc == 2 && strcmp(argv[1], "writable") == 0)
		return nftw("/", try_to_write, 16, FTW_PHYS | FTW_ACTIONRETVAL);
	if (argc == 3 && strcmp(argv[1], "type") == 0) {
		type(argv[2]);
		return 0;
	}
	if (argc < 2 + old)
		return 2;
	number = number_of(argv[1 + old]);
	for (int i = 0; i < 6 && 2 + old + i < argc; i++) {
		char *word = argv[2 + old + i];

		a[i] = *word == '@' ? (long)(word + 1) : (long)strtoul(word, NULL, 0);
	}
	result = old ? by_the_old_door(number, a) : syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (result == -1)
		puts(strerrorname_np(errno));
	else
		printf("%ld\n", result);
	return 0;
}
