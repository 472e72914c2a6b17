/*
 * reader.h - reads JSON by tables: a row says what a key's value must be, and where it goes. An error names the JSON path.
 */
#ifndef READER_H
#define READER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Where we are, and what the readers may need. */
struct reader {
	const char *file;		/* for messages */
	char path[512];			/* such as .process.rlimits[2].soft */
	const char *base;		/* directory that relative paths start at */
	struct error *error;
};

/*
 * A row of a table. READ stores VALUE in *INTO, the field at PLACE of the struct that is read; it returns 0, or -1 with the error
 * filled. Keys without a row are ignored, as the runtime-spec wants it.
 */
struct field;
typedef int field_reader(struct reader *r, const json_t *value, const struct field *f, void *into);

struct field {
	const char *name;
	field_reader *read;
	size_t place;
	const struct field *fields;	/* of an object, or of the objects in a list */
	size_t size;			/* of an element of a list */
	field_reader *element;		/* that reads one, if it is no object */
	bool required;
};

/* Read the object VALUE into the struct at INTO. Errors: a value of the wrong type, a required key that is missing. */
CHECKED int read_fields(struct reader *r, const json_t *value, const struct field *fields, void *into);

/* Fail with the JSON path and a message. Returns -1. */
int fail_at(struct reader *r, const char *format, ...) PRINTS(2, 3);

/* Readers: of a string; of one that is an absolute path; of a bool; of a number from 0 to 2^63 - 1, into a uint64_t; of the same and
 * negative ones, into an int64_t; of an object; of a list of strings; of a list of structs. */
field_reader read_string, read_absolute, read_flag, read_count, read_number, read_object, read_words, read_list;

/* The reader of what box does not have. A value that asks for nothing (0, false, {}) is no error. */
field_reader refuse;

#endif
