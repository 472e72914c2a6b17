/*
 * list.h - lists: arrays that end with an element of zeros. An empty list is NULL.
 */
#ifndef LIST_H
#define LIST_H

#include <stddef.h>

/* Return a copy of LIST, an array of elements of SIZE bytes that ends with zeros, with ELEMENT added at the end. */
void *append(void *list, size_t size, const void *element);

/* Add PAIR, NAME=VALUE, to the list; if NAME is in it already, replace its VALUE. Returns the list. */
char **put_variable(char **list, char *pair);

/* Overwrite the values in LIST with zeros once we no longer need them. They are part of our arguments, and every user can
 * read those in /proc/PID/cmdline as long as we run. proc(5) */
void hide_values(char **list);

#endif
