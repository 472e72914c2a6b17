/*
 * text.c - text that others have written, for the terminal.
 */
#include <jansson.h>

#include "base/text.h"

void make_printable(char *text)
{
	json_t *valid = json_string(text);

	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 127 || (!valid && *text & 0x80))
			*text = '?';
	json_decref(valid);
}
