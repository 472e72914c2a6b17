/*
 * fortify.c - functions that the libraries call and that musl does not have.
 *
 * The distribution's libraries are built with glibc's _FORTIFY_SOURCE, which makes printf(3) and its like check
 * sizes under names of their own. musl has only the plain names.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int __fprintf_chk(FILE *file, int level, const char *format, ...)
{
	va_list values;
	int length;

	(void)level;
	va_start(values, format);
	length = vfprintf(file, format, values);
	va_end(values);
	return length;
}

int __vsnprintf_chk(char *text, size_t most, int level, size_t size, const char *format, va_list values)
{
	(void)level;
	return vsnprintf(text, most < size ? most : size, format, values);
}

int __snprintf_chk(char *text, size_t most, int level, size_t size, const char *format, ...)
{
	va_list values;
	int length;

	va_start(values, format);
	length = __vsnprintf_chk(text, most, level, size, format, values);
	va_end(values);
	return length;
}

char *__strncpy_chk(char *to, const char *from, size_t length, size_t size)
{
	return strncpy(to, from, length < size ? length : size);
}
