/*
 * text.h - text: printed to memory, and for the terminal.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdarg.h>

#include "base/error.h"

/* printf(3) and vprintf(3) to a string, which the caller frees. */
char *formatted(const char *format, ...) PRINTS(1, 2);
char *vformatted(const char *format, va_list values) PRINTS(1, 0);

/* Replace control characters, and all that is not ASCII if TEXT is not UTF-8, by "?". */
void make_printable(char *text);

#endif
