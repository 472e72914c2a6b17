/*
 * options.c - reads the options of all commands, by a table for each. The tables are in the commands' files: run.c has that of box run.
 *
 * Names and meanings are those of docker-run(1). The first argument that is not an option ends the options.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/files.h"
#include "base/list.h"
#include "base/options.h"
#include "base/say.h"
#include "base/spec.h"
#include "base/text.h"

int take_flag(void *into, const struct option *o, const char *word, struct error *e)
{
	bool *flag = (bool *)((char *)into + o->place);

	if (word && strcmp(word, "true") != 0 && strcmp(word, "false") != 0)
		return fail(e, "--%s takes true or false, not \"%s\"", o->name, word);
	*flag = !word || *word == 't';
	return 0;
}

int take_word(void *into, const struct option *o, const char *word, struct error *e UNUSED)
{
	*(const char **)((char *)into + o->place) = word;
	return 0;
}

int take_list(void *into, const struct option *o, const char *word, struct error *e UNUSED)
{
	char ***list = (char ***)((char *)into + o->place);

	*list = append(*list, sizeof word, &word);
	return 0;
}

/* Parse a value into its field or, if the option has a size, append it to the list in the field. */
int take_value(void *into, const struct option *o, const char *word, struct error *e)
{
	union { struct mount largest; char bytes[1]; } one = { 0 };
	char *field = (char *)into + o->place;

	if (o->parse(word, o->size ? one.bytes : field, e) == -1)
		return wrap(e, "--%s %s", o->name, word);
	if (o->size)
		*(void **)field = append(*(void **)field, o->size, &one);
	return 0;
}

int take_workdir(void *into, const struct option *o, const char *word, struct error *e)
{
	if (*word != '/')
		return fail(e, "--workdir %s: not an absolute path; use a path in the container that begins with /", word);
	return take_word(into, o, word, e);
}

int take_environment(void *into, const struct option *o, const char *word, struct error *e)
{
	if (!*word || *word == '=')
		return fail(e, "--env \"%s\": the name is missing; use NAME=VALUE, or the NAME of a variable in your environment", word);
	if (!strchr(word, '=')) {
		if (!getenv(word))
			return 0;
		word = formatted("%s=%s", word, getenv(word));
	}
	return take_list(into, o, word, e);
}

/* A line is NAME=VALUE, to its end, or the NAME of a variable of ours. Blank lines and comments don't count, nor does the carriage return
 * at the end of each line of a file from Windows. */
int take_env_file(void *into, const struct option *o, const char *word, struct error *e)
{
	const int file = open(word, O_RDONLY | O_CLOEXEC);
	char *text = file == -1 ? NULL : read_text(file), *line;

	if (!text)
		return fail(e, "--%s %s: %s", o->name, word, strerror(errno));
	while ((line = strsep(&text, "\n"))) {
		line += strspn(line, " \t");
		for (size_t length = strlen(line); length && line[length - 1] == '\r'; length--)
			line[length - 1] = '\0';
		if (*line != '#' && strcspn(line, " \t") < strcspn(line, "="))
			return fail(e, "--%s %s: \"%s\": a blank in the name; a line is NAME=VALUE, or the NAME of a variable of yours",
				    o->name, word, line);
		if (*line && *line != '#' && take_environment(into, o, line, e) == -1)
			return wrap(e, "--%s %s", o->name, word);
	}
	return 0;
}

/* The value is the index of WORD in the list that the help shows. */
int take_choice(void *into, const struct option *o, const char *word, struct error *e)
{
	int *choice = (int *)((char *)into + o->place);
	size_t length;

	*choice = 0;
	for (const char *name = o->word; ; name += length + 1, ++*choice) {
		length = strcspn(name, "|");
		if (strncmp(word, name, length) == 0 && !word[length])
			return 0;
		if (!name[length])
			return fail(e, "--%s %s: unknown value; use one of %s", o->name, word, o->word);
	}
}

int take_signal(void *into, const struct option *o, const char *word, struct error *e)
{
	return parse_signal(word, (int *)((char *)into + o->place), e) == -1 ? wrap(e, "--%s", o->name) : 0;
}

int take_never(void *into UNUSED, const struct option *o, const char *word UNUSED, struct error *e)
{
	return fail(e, "--%s: %s", o->name, o->what);
}

int take_explain(void *into UNUSED, const struct option *o, const char *word, struct error *e)
{
	if (word && strcmp(word, "pause") != 0)
		return fail(e, "--%s=%s: unknown value; use --explain or --explain=pause", o->name, word);
	explain = true;
	paused = word;
	return 0;
}

const struct option *find_option(const struct option *o, char letter, const char *name, size_t length)
{
	while (o->name && (letter ? o->letter != letter : strncmp(o->name, name, length) != 0 || o->name[length]))
		o++;
	return o->name ? o : NULL;
}

/* The optional value of --explain is never the next argument. */
static bool takes_next(const struct option *o)
{
	return o->word && *o->word != '[';
}

/* Read -it, -v SRC:DST, -vSRC:DST: the last letter may take a value. Returns the last argument that was used. */
static char **read_letters(const struct option *options, void *into, char **words, struct error *e)
{
	for (char *letter = *words + 1; *letter; letter++) {
		const struct option *o = find_option(options, *letter, "", 0);
		char *value = NULL;

		if (!o)
			return fail(e, "unknown option -%c; --help lists the options", *letter), NULL;
		if (o->word && !(value = letter[1] ? letter + 1 : *++words))
			return fail(e, "option -%c requires a value: %s", *letter, o->word), NULL;
		if (o->take(into, o, value, e) == -1)
			return NULL;
		if (value)
			break;
	}
	return words;
}

static char **read_long(const struct option *options, void *into, char **words, struct error *e)
{
	char *name = *words + 2, *value = strchr(name, '=');
	const struct option *o = find_option(options, 0, name, value ? (size_t)(value - name) : strlen(name));

	if (!o)
		return fail_as(e, strcmp(name, "help") == 0 ? HELP_WANTED : OTHER_ERROR,
			       "unknown option %s; --help lists the options", *words), NULL;
	if (value)
		value++;
	else if (takes_next(o) && !(value = *++words))
		return fail(e, "option --%s requires a value: %s", o->name, o->word), NULL;
	return o->take(into, o, value, e) == -1 ? NULL : words;
}

char **read_options(const struct option *options, void *into, char **words, struct error *e)
{
	for (; *words && **words == '-' && (*words)[1]; words++) {
		if (strcmp(*words, "--") == 0)
			return words + 1;
		words = ((*words)[1] == '-' ? read_long : read_letters)(options, into, words, e);
		if (!words)
			return NULL;
	}
	return words;
}

char **read_between(const struct option *options, void *into, char **words, struct error *e)
{
	char **first = words, **kept = words;

	while ((words = read_options(options, into, words, e)) && *words)
		*kept++ = *words++;
	*kept = NULL;
	return words ? first : NULL;
}

void print_options(const struct option *o)
{
	for (; o->name; o++) {
		char left[64];

		if (o->take == take_never)
			continue;
		snprintf(left, sizeof left, "%c%c%s --%s%s%s", o->letter ? '-' : ' ', o->letter ? o->letter : ' ',
			 o->letter ? "," : " ", o->name, takes_next(o) ? " " : "", o->word ? o->word : "");
		printf("  %-34s %s\n", left, o->what);
	}
}
