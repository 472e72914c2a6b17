/*
 * files.c - read a small file, or say on stderr what can't be done.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>
#include "lens.h"

void complain(const char *format, ...)
{
	va_list values;

	fputs("lab/lens: ", stderr);
	va_start(values, format);
	vfprintf(stderr, format, values);
	va_end(values);
	fputc('\n', stderr);
	exit(1);
}

FILE *open_file(int directory, const char *path)
{
	int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);

	return fd == -1 ? NULL : fdopen(fd, "r");
}

/* Read a small file, without its last newline. If it can't be read, return false and store "". */
bool read_file(int directory, const char *path, char *text, size_t size)
{
	int fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd == -1 ? -1 : read(fd, text, size - 1);

	if (fd != -1)
		close(fd);
	text[length > 0 ? length : 0] = '\0';
	if (length > 0 && text[length - 1] == '\n')
		text[length - 1] = '\0';
	return length >= 0;
}
