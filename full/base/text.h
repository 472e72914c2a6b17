/*
 * text.h - text for the terminal.
 */
#ifndef TEXT_H
#define TEXT_H

/* Replace control characters, and all that is not ASCII if TEXT is not UTF-8, by "?". */
void make_printable(char *text);

#endif
