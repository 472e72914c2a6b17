/*
 * cli.h - the command line: box's commands, and a table of options for each.
 */
#ifndef CLI_H
#define CLI_H

#include <stddef.h>

#include "base/error.h"
#include "base/options.h"
#include "base/spec.h"

typedef int command_part(char **words, struct error *e);

struct command {
	const char *name, *usage, *what;
	command_part *run;			/* returns the exit status, or -1 */
	const struct option *options;			/* NULL: it has none, or prints its own help (run) */
};

extern const struct command commands[];	/* ends with a NULL name */

command_part command_run, command_ps, command_exec, command_kill, command_wait, command_stop,
	command_pause, command_unpause, command_rename, command_rm, command_update, command_top, command_cp,
	command_stats, command_logs, command_inspect, command_unpack, command_pull, command_prune;

/* The options of the commands that have any. */
extern const struct option exec_options[], ps_options[], kill_options[], update_options[], stop_options[], rm_options[], logs_options[],
	unpack_options[], cp_options[];

/* Takers of box run, which add to the mounts of a struct spec: docker-run(1) on --mount and --device. */
taker take_mount, take_device;

/* Options of box run that only say how to fill a list of the spec. */
struct defaults { int userns, cgroupns; uint64_t shm_size; };

/* Sort the mounts that the user wants into those of every container, and add namespaces, devices and protected paths. Errors: a target
 * that is the root directory, or is there twice. */
CHECKED int add_defaults(struct spec *s, const struct defaults *d, struct error *e);

/* Fail unless --memory and --memory-swap go together. */
CHECKED int check_memory(const struct spec *s, struct error *e);

/* Parse the arguments after "run" into *S. Returns 0. Errors: invalid options, values, paths. docker-run(1) */
CHECKED int spec_from_words(struct spec *s, char **words, struct error *e);

/* Fail with the USAGE, unless there is one argument. */
CHECKED int one_id(char **words, struct error *e, const char *usage);

/* Look up all IDs, into an array *ALL, which the caller frees. Returns their number, or -1 unless all of them are running. */
struct state;
CHECKED int find_running(char **words, struct state **all, struct error *e);

/* Print the options of box run and the list of bricks on stdout. */
void print_run_help(void);

#endif
