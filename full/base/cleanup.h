/*
 * cleanup.h - variables that are released when their block ends: GCC's cleanup attribute.
 */
#ifndef CLEANUP_H
#define CLEANUP_H

#include <dirent.h>
#include <stdio.h>

#define CLOSED __attribute__((cleanup(close_it)))
#define FREED __attribute__((cleanup(free_it)))
#define LISTED __attribute__((cleanup(close_listing)))
#define READ __attribute__((cleanup(close_stream)))

void close_it(int *fd);			/* close(2), unless *FD is negative; then set *FD to -1 */
void free_it(void *pointer);		/* free(3) the memory whose address is at POINTER */
void close_listing(DIR **listing);	/* closedir(3), unless *LISTING is NULL */
void close_stream(FILE **stream);	/* fclose(3), unless *STREAM is NULL */

#endif
