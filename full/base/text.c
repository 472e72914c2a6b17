/*
 * text.c - text that others have written, for the terminal.
 */
#include <jansson.h>

#include "base/error.h"
#include "base/text.h"

void make_printable(char *text)
{
	json_t *valid = json_string(text);

	blank_controls(text);
	for (; !valid && *text; text++)
		if (*text & 0x80)
			*text = '?';
	json_decref(valid);
}
