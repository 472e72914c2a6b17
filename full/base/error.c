/*
 * error.c - errors, which box prints once.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

void blank_controls(char *text)
{
	for (; *text; text++) {
		const bool is_c1 = *text == '\xc2' && (text[1] & 0xe0) == 0x80;	/* two bytes of UTF-8 */

		if (is_c1 || (unsigned char)*text < ' ' || *text == 127)
			*text = '?';
		if (is_c1)
			*++text = '?';
	}
}

int fail_as(struct error *e, enum error_kind kind, const char *format, ...)
{
	va_list values;

	e->kind = kind;
	e->number = 0;
	if (!e->status)
		e->status = 125;
	va_start(values, format);
	vsnprintf(e->text, sizeof e->text, format, values);
	va_end(values);
	blank_controls(e->text);
	return -1;
}

int fail_call(struct error *e, const char *why, const char *format, ...)
{
	int number = errno;
	char call[1024];
	va_list values;

	va_start(values, format);
	vsnprintf(call, sizeof call, format, values);
	va_end(values);
	fail(e, "cannot %s: %s: %s", why, call, strerror(number));
	e->number = number;
	errno = number;
	return -1;
}

int wrap(struct error *e, const char *format, ...)
{
	char context[512], line[sizeof e->text];
	va_list values;

	va_start(values, format);
	vsnprintf(context, sizeof context, format, values);
	va_end(values);
	blank_controls(context);
	strcpy(line, e->text);
	snprintf(e->text, sizeof e->text, "%s: %.*s", context, (int)(sizeof e->text - sizeof context - 3), line);
	return -1;
}

int remedy(struct error *e, int number, const char *text)
{
	size_t length = strlen(e->text);

	if (e->number == number)
		snprintf(e->text + length, sizeof e->text - length, " (%s)", text);
	return -1;
}
