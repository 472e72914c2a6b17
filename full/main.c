/*
 * main.c - box: a container runtime made of the bricks of the six steps.
 *
 *   box run --memory 64m ROOTFS      read full/README.md
 */
#include <stdio.h>
#include <string.h>

#include "box.h"

static int command_version(char **words, struct error *e)
{
	(void)words, (void)e;
	printf("box %s\n", VERSION);
	return 0;
}

static int command_help(char **words, struct error *e);

const struct command commands[] = {
	{ "run", "[OPTION]... ROOTFS [COMMAND [ARG...]]", "run COMMAND (/bin/sh) in a new container", command_run, NULL },
	{ "ps", "[--format json]", "list the containers", command_ps, ps_options },
	{ "exec", "[OPTION]... ID COMMAND [ARG...]", "run COMMAND in a container that is there", command_exec, exec_options },
	{ "stop", "[--time S] ID...", "end it: SIGTERM, and S seconds (10) later SIGKILL", command_stop, stop_options },
	{ "kill", "ID [SIGNAL]", "send its PID 1 a signal (KILL)", command_kill, NULL },
	{ "rm", "[--force] ID...", "remove what is left of one that has ended", command_rm, rm_options },
	{ "stats", "[ID]", "what they use of their limits", command_stats, NULL },
	{ "logs", "[--follow] ID", "what a detached one has said", command_logs, logs_options },
	{ "inspect", "ID", "all that is known of it, as JSON", command_inspect, NULL },
	{ "version", "", "say which box this is", command_version, NULL },
	{ "help", "[COMMAND]", "say what there is", command_help, NULL },
	{ 0 }
};

static const struct command *find_command(const char *name)
{
	for (const struct command *c = commands; c->name; c++)
		if (name && strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

static int command_help(char **words, struct error *e)
{
	const struct command *one = find_command(*words);

	if (*words && !one)
		return fail(e, "there is no command \"%s\"; box help lists them", *words);
	if (one) {
		printf("usage: box %s %s\n\n%s\n%s", one->name, one->usage, one->what, one->options || one->run == command_run ? "\n" : "");
		if (one->options)
			print_options(one->options);
		if (one->run == command_run)
			print_run_help();
		return 0;
	}
	printf("usage: box COMMAND ...\n\n");
	for (const struct command *c = commands; c->name; c++)
		printf("  %-8s %-40s %s\n", c->name, c->usage, c->what);
	return 0;
}

int main(int argc, char *argv[])
{
	const struct command *command = find_command(argc > 1 ? argv[1] : NULL);
	const char *word = argc > 1 ? argv[argc > 2 ? 2 : 1] : "";
	struct error e = { 0 };
	int status = -1;

	if (strcmp(word, "--help") == 0 || (!command && strcmp(word, "-h") == 0))
		status = command_help((char *[]){ argc > 2 ? argv[1] : NULL, NULL }, &e);
	else if (!command)
		fail(&e, "there is no command \"%s\"; box help lists them", argc > 1 ? argv[1] : "");
	else if ((command->run != command_run && command->run != command_exec) || seal(argv, &e) == 0)
		status = command->run(argv + 2, &e);
	if (status >= 0 && (fflush(stdout) == EOF || ferror(stdout)))
		status = fail_call(&e, "say all of it", "write(1)");
	if (status == -1)
		fprintf(stderr, "box: %s\n", e.text);
	return status != -1 ? status : e.status ? e.status : 125;
}
