/*
 * text.c - text: printed to memory, and what others have written, for the terminal.
 */
#define _GNU_SOURCE
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"

char *vformatted(const char *format, va_list values)
{
	char *text;

	if (vasprintf(&text, format, values) == -1)
		abort();
	return text;
}

char *formatted(const char *format, ...)
{
	va_list values;
	char *text;

	va_start(values, format);
	text = vformatted(format, values);
	va_end(values);
	return text;
}

void make_printable(char *text)
{
	json_t *valid = json_string(text);

	blank_controls(text);
	for (; !valid && *text; text++)
		if (*text & 0x80)
			*text = '?';
	json_decref(valid);
}
