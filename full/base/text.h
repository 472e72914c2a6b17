/*
 * text.h - text for the terminal.
 */
#ifndef TEXT_H
#define TEXT_H

/* Replace control characters, which could move the cursor, and bytes that are not UTF-8, by "?". */
void make_printable(char *text);

#endif
