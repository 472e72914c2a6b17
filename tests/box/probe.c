/*
 * probe.c - make one system call, and say what came of it: its result, or errno's name.
 *
 *   usage    probe [i386] CALL [ARG]...    CALL: a name or a number; ARG: a number, or @TEXT for a pointer to TEXT
 *            probe swap NAME NAME          rename two names into each other's place, on and on
 *            probe fill                    have children until there can be no more; say what came of the next, and stay
 *
 * Static, for tests to bind into a container. i386 takes the 32-bit door (int 0x80) of an x86-64 kernel, by number.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALL(name) { #name, SYS_##name }
static const struct { const char *name; long number; } calls[] = {
	CALL(bpf), CALL(chdir), CALL(clock_settime), CALL(clone), CALL(clone3), CALL(getpid), CALL(getppid), CALL(io_uring_setup),
	CALL(keyctl), CALL(kill), CALL(mkdirat), CALL(mount), CALL(personality), CALL(setsid), CALL(socket), CALL(umask),
	CALL(unlinkat), CALL(unshare), { 0 }
};

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

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4])
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

int main(int argc, char *argv[])
{
	const int old = argc > 1 && strcmp(argv[1], "i386") == 0;
	long a[6] = { 0 }, number, result;

	while (argc == 4 && strcmp(argv[1], "swap") == 0)
		if (renameat2(AT_FDCWD, argv[2], AT_FDCWD, argv[3], RENAME_EXCHANGE) == -1)
			return 1;
	if (argc == 2 && strcmp(argv[1], "fill") == 0)
		fill();
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
