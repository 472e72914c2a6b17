/*
 * run.c - box run: the spec, from the command line.
 */
#include "base/list.h"
#include "bricks/streams.h"
#include "cli/cli.h"
#include "life/container.h"

/* The environment of a container: the variables that programs expect, and those of --env. */
static void complete(struct spec *s)
{
	static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", term[] = "TERM=xterm", prompt[] = "PS1=box# ";
	char **all = put_variable(NULL, path);

	if (s->tty)
		all = put_variable(put_variable(all, term), prompt);
	for (char **pair = s->environment; pair && *pair; pair++)
		all = put_variable(all, *pair);
	s->environment = all;
}

int command_run(char **words, struct error *e)
{
	struct spec s;

	if (spec_from_words(&s, words, e) == -1)
		return -1;
	complete(&s);
	return choose_stdin(&s, e) == -1 ? -1 : container_run(&s, e);
}
