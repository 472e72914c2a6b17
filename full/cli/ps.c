/*
 * ps.c - box ps and box inspect: what is known about containers.
 *
 *   see      box run -d --name a ROOTFS sleep 1000; box ps; box inspect a
 *   break    box run -d --name a ROOTFS sh -c 'sleep 1000' $'\033[2J': what does ps print?
 *   read     the OCI runtime-spec's runtime.md
 */
#define _GNU_SOURCE
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cli/cli.h"
#include "life/store.h"

enum { ID, COMMAND, STATUS, CREATED, ADDRESS, PORTS, COLUMNS };
enum { PAGE = 80, LEAST = 12 };

struct row { char *cell[COLUMNS]; };

/* ---- Filters ------------------------------------------------------------------------------------- */

struct wish { int json; bool all, quiet, whole; char **filters; };

static const char *const keys[] = { "name", "id", "status" }, *const states[] = { "running", "paused", "exited" };
enum { KEYS = sizeof keys / sizeof *keys, STATES = sizeof states / sizeof *states };

/* Return the VALUE of a filter KEY=VALUE, or NULL if it has another key. */
static const char *value_of(const char *filter, const char *key)
{
	const size_t length = strlen(key);

	return strncmp(filter, key, length) == 0 && filter[length] == '=' ? filter + length + 1 : NULL;
}

static const char *state_of(const struct state *s)
{
	return states[!s->pid ? 2 : s->paused];
}

static int take_filter(void *into, const struct option *o, const char *word, struct error *e)
{
	const char *status = value_of(word, "status");
	int key = 0, state = 0;

	while (key < KEYS && !value_of(word, keys[key]))
		key++;
	while (status && state < STATES && strcmp(status, states[state]) != 0)
		state++;
	if (key == KEYS)
		return fail(e, "--%s %s: unknown filter; use name=TEXT or id=TEXT, which is a part of the ID, or status=STATUS",
			    o->name, word);
	if (strpbrk(word, "^$*?|/"))
		return fail(e, "--%s %s: not a pattern; use a part of the ID", o->name, word);
	if (state == STATES)
		return fail(e, "--%s %s: unknown status; use running, paused or exited", o->name, word);
	return take_list(into, o, word, e);
}

static bool matches(const struct state *s, const char *key, const char *value)
{
	if (strcmp(key, "status") == 0)
		return strcmp(state_of(s), value) == 0;
	return strstr(s->id, value);
}

/* As in docker, filters with different keys all have to match, and one of those with the same key. */
static bool is_wanted(const struct state *s, char **filters)
{
	for (int key = 0; key < KEYS; key++) {
		bool given = false, met = false;

		for (char **filter = filters; filter && *filter; filter++) {
			const char *value = value_of(*filter, keys[key]);

			given |= value != NULL;
			met |= value && matches(s, keys[key], value);
		}
		if (given && !met)
			return false;
	}
	return true;
}

#define AT(field) offsetof(struct wish, field)
const struct option ps_options[] = {
	{ "all", 'a', NULL, "accepted, as box ps always shows all containers", take_flag, AT(all), NULL, 0 },
	{ "filter", 'f', "KEY=VALUE", "show only these: name=TEXT, id=TEXT or status=STATUS", take_filter, AT(filters), NULL, 0 },
	{ "format", 0, "table|json", "a table for people, or JSON for programs", take_choice, AT(json), NULL, 0 },
	{ "no-trunc", 0, NULL, "print the whole command", take_flag, AT(whole), NULL, 0 },
	{ "quiet", 'q', NULL, "print only IDs", take_flag, AT(quiet), NULL, 0 },
	{ "latest", 'l', NULL, "box ps lists all containers, by name; the column CREATED shows which one is the latest", take_never, 0, NULL, 0 },
	{ "last", 'n', "N", "box ps lists all containers, by name; the column CREATED shows which ones are the latest", take_never, 0, NULL, 0 },
	{ 0 }
};

/* ---- The table ----------------------------------------------------------------------------------- */

static void print_json(const json_t *json)
{
	json_dumpf(json, stdout, JSON_INDENT(2));
	putchar('\n');
}

static char *age(long long created)
{
	static const struct { long long seconds; const char *name; } units[] = {
		{ 86400, "days" }, { 3600, "h" }, { 60, "min" }, { 1, "s" },
	};
	long long seconds = time(NULL) - created;
	size_t i = 0;

	if (seconds < 0)	/* somebody has set the clock back */
		seconds = 0;
	while (i < 3 && seconds < 2 * units[i].seconds)
		i++;
	return formatted("%lld %s ago", seconds / units[i].seconds, units[i].name);
}

/* Join the strings of a list into one line, which the caller frees. */
static char *join_words(const json_t *list)
{
	char *line = formatted("%s", "");

	for (size_t i = 0; i < json_array_size(list); i++) {
		char *word FREED = record_text(json_array_get(list, i)), *before FREED = line;

		if (word)
			make_printable(word);
		line = formatted("%s%s%s", before, i ? " " : "", word ? word : "?");
	}
	return line;
}

static struct row row_of(const struct state *s)
{
	const json_t *box = json_object_get(s->json, "box");
	const char *address = json_string_value(json_object_get(box, "address"));

	return (struct row){ {
		[ID] = formatted("%s", s->id),
		[COMMAND] = join_words(json_object_get(box, "command")),
		[STATUS] = s->pid ? formatted("%s", state_of(s)) : formatted("exited (%d)", s->status),
		[CREATED] = age(s->created),
		[ADDRESS] = formatted("%s", s->pid && address ? address : ""),
		[PORTS] = join_words(json_object_get(box, "ports")),
	} };
}

static void print_row(const struct row *r, const int width[COLUMNS])
{
	int last = COLUMNS - 1;

	while (!*r->cell[last])
		last--;
	for (int k = 0; k <= last; k++) {
		const char *cell = r->cell[k];

		if ((int)strlen(cell) > width[k])
			printf("%.*s...", width[k] - 3, cell);
		else
			printf("%-*s", k < last ? width[k] : 0, cell);
		printf(k < last ? "  " : "\n");
	}
}

/* If a line would be longer than PAGE, the command is shortened, unless WHOLE. */
static void print_table(const struct row *rows, int count, bool whole)
{
	int width[COLUMNS] = { 0 }, total = -2, rest;

	for (int i = 0; i < count; i++)
		for (int k = 0; k < COLUMNS; k++)
			if ((int)strlen(rows[i].cell[k]) > width[k])
				width[k] = strlen(rows[i].cell[k]);
	for (int k = 0; k < COLUMNS; k++)
		total += width[k] + 2;
	rest = width[COMMAND] - (total - PAGE);
	if (total > PAGE && !whole)
		width[COMMAND] = rest > LEAST ? rest : LEAST;
	for (int i = 0; i < count; i++)
		print_row(&rows[i], width);
}

int command_ps(char **words, struct error *e)
{
	static const struct row head = { { "ID", "COMMAND", "STATUS", "CREATED", "ADDRESS", "PORTS" } };
	struct state *all FREED = NULL;
	struct row *rows FREED = NULL;
	struct wish wish = { 0 };
	json_t *list = json_array();
	int found, count = 1;

	if (!(words = read_options(ps_options, &wish, words, e)))
		return -1;
	if (*words)
		return fail(e, "unexpected argument \"%s\"; usage: box ps [OPTION]...", *words);
	if ((found = store_list(&all, true, e)) == -1 || !(rows = calloc(found + 1, sizeof *rows)))
		return -1;
	*rows = head;
	for (int i = 0; i < found; i++) {
		if (is_wanted(&all[i], wish.filters)) {
			rows[count++] = row_of(&all[i]);
			json_array_append(list, all[i].json);
		}
		record_free(&all[i]);
	}
	if (wish.quiet)
		for (int i = 1; i < count; i++)
			puts(rows[i].cell[ID]);
	else if (wish.json)
		print_json(list);
	else
		print_table(rows, count, wish.whole);
	json_decref(list);
	return 0;
}

int command_inspect(char **words, struct error *e)
{
	struct state s;

	if (one_id(words, e, "inspect ID; it takes no --format, as jq selects from JSON") == -1 || store_find(*words, &s, e) == -1)
		return -1;
	print_json(s.json);
	record_free(&s);
	return 0;
}
