/*
 * reader.c - reads JSON by tables.
 *
 *   read     RFC 8259; the OCI runtime-spec's config.md on unknown keys
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/list.h"
#include "oci/reader.h"

int fail_at(struct reader *r, const char *format, ...)
{
	char text[1024];
	va_list values;

	va_start(values, format);
	vsnprintf(text, sizeof text, format, values);
	va_end(values);
	return fail(r->error, "%s: %s: %s", r->file, *r->path ? r->path : ".", text);
}

static const char *kind_of(const json_t *value)
{
	static const char *const names[] = { "an object", "a list", "a string", "a whole number", "a number with a fraction", "true", "false", "null" };

	return names[json_typeof(value)];
}

static int fail_type(struct reader *r, const char *wanted, const json_t *value)
{
	return fail_at(r, "%s is wanted here, not %s", wanted, kind_of(value));
}

int read_fields(struct reader *r, const json_t *value, const struct field *f, void *into)
{
	const size_t length = strlen(r->path);

	if (!json_is_object(value))
		return fail_type(r, "an object", value);
	for (; f->name; f++) {
		const json_t *one = json_object_get(value, f->name);

		snprintf(r->path + length, sizeof r->path - length, ".%s", f->name);
		if (!one || json_is_null(one)) {
			if (f->required)
				return fail_at(r, "it is missing");
		} else if (f->read(r, one, f, (char *)into + f->place) == -1) {
			return -1;
		}
		r->path[length] = '\0';
	}
	return 0;
}

int read_object(struct reader *r, const json_t *value, const struct field *f, void *into)
{
	return read_fields(r, value, f->fields, into);
}

int read_string(struct reader *r, const json_t *value, const struct field *f UNUSED, void *into)
{
	if (!json_is_string(value))
		return fail_type(r, "a string", value);
	*(const char **)into = json_string_value(value);
	return 0;
}

int read_absolute(struct reader *r, const json_t *value, const struct field *f, void *into)
{
	if (read_string(r, value, f, into) == -1)
		return -1;
	return **(const char **)into == '/' ? 0 : fail_at(r, "\"%s\" is not an absolute path", *(const char **)into);
}

int read_flag(struct reader *r, const json_t *value, const struct field *f UNUSED, void *into)
{
	if (!json_is_boolean(value))
		return fail_type(r, "true or false", value);
	*(bool *)into = json_is_true(value);
	return 0;
}

int read_number(struct reader *r, const json_t *value, const struct field *f UNUSED, void *into)
{
	if (!json_is_integer(value))
		return fail_type(r, "a whole number", value);
	*(int64_t *)into = json_integer_value(value);
	return 0;
}

int read_count(struct reader *r, const json_t *value, const struct field *f UNUSED, void *into)
{
	if (!json_is_integer(value))
		return fail_type(r, "a whole number", value);
	if (json_integer_value(value) < 0)
		return fail_at(r, "a number from 0 to %" PRId64 " is wanted here", INT64_MAX);
	*(uint64_t *)into = json_integer_value(value);
	return 0;
}

int read_words(struct reader *r, const json_t *value, const struct field *f, void *into)
{
	const struct field list = { f->name, read_list, f->place, NULL, sizeof(char *), read_string, false };

	return read_list(r, value, &list, into);
}

static int read_element(struct reader *r, const json_t *value, const struct field *f, void *into)
{
	return f->element ? f->element(r, value, f, into) : read_fields(r, value, f->fields, into);
}

int read_list(struct reader *r, const json_t *value, const struct field *f, void *into)
{
	const size_t length = strlen(r->path);
	void **list = into;

	if (!json_is_array(value))
		return fail_type(r, "a list", value);
	for (size_t i = 0; i < json_array_size(value); i++) {
		max_align_t one[16] = { 0 };	/* the largest struct of a list has less than 256 bytes */

		snprintf(r->path + length, sizeof r->path - length, "[%zu]", i);
		if (read_element(r, json_array_get(value, i), f, one) == -1)
			return -1;
		*list = append(*list, f->size, one);
		r->path[length] = '\0';
	}
	return 0;
}

int refuse(struct reader *r, const json_t *value, const struct field *f UNUSED, void *into UNUSED)
{
	const bool asks = json_is_true(value) || json_is_string(value) || json_array_size(value) || json_object_size(value);

	return asks || json_integer_value(value) > 0 ? fail_at(r, "box does not have this; leave it out") : 0;
}
