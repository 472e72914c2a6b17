/*
 * options.h - the options of a command, as a table, and what reads them.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stddef.h>

#include "base/error.h"
#include "base/parse.h"

/* An option of a command, and the function that stores its value WORD in *INTO. */
struct option;
typedef int taker(void *into, const struct option *o, const char *word, struct error *e);

struct option {
	const char *name;
	char letter;			/* 0: it has only a long name */
	const char *word;		/* name of its argument in the help; NULL: it takes none */
	const char *what;
	taker *take;
	size_t place;			/* offset of its value in INTO */
	parser *parse;			/* parser of its argument, if it needs one */
	size_t size;			/* of an element, if the value is a list */
};

/* Parse options into INTO, up to the first argument that is not an option. Returns the remaining arguments, or NULL. */
CHECKED char **read_options(const struct option *options, void *into, char **words, struct error *e);
/* The same for commands without a COMMAND argument: options may come before, between and after the arguments. */
CHECKED char **read_between(const struct option *options, void *into, char **words, struct error *e);
/* The option with this LETTER or, if LETTER is 0, with the name in the LENGTH bytes at NAME; NULL if there is none. */
const struct option *find_option(const struct option *o, char letter, const char *name, size_t length);
void print_options(const struct option *options);

/* Takers for the tables of options: for a flag, a choice, a string, a list and a value that needs a parser, and for options that several
 * commands have: --env, --env-file, --workdir and --explain. take_never refuses an option of docker's; its WHAT says why, and the help omits it. */
taker take_flag, take_choice, take_word, take_list, take_value, take_signal, take_environment, take_env_file, take_workdir, take_explain, take_never;

#endif
