/*
 * oci.h - box as engines call it: the command line of the OCI runtimes.
 */
#ifndef OCI_H
#define OCI_H

#include <stdbool.h>

#include "base/options.h"

/* Is this command line an engine's? By the name that box was called by, by a command or an option that only engines use, or by the
 * ID of a container that belongs to an engine. */
bool oci_is_meant(char **argv);

/* Run the command line, and report an error as --log and --log-format say, and on stderr. Returns the exit status. */
int oci_main(char **argv);

/* Choices of options, as the tables in main.c list them. */
enum { LOG_AS_TEXT, LOG_AS_JSON };
enum { CGROUPFS, SYSTEMD, DISABLED };
enum { AS_TABLE, AS_JSON };

/* The options of all commands: the global ones, and then each command's. */
struct request {
	const char *root, *log;
	int log_format, manager, format;
	bool systemd, version;
	const char *bundle, *pid_file, *console, *process, *resources, *preserved;
	bool all, force, detach, terminal, no_new_keyring, keep, quiet, stats, ignored, execs;
	const char *ignored_word;
	void (*report)(const struct request *r, const char *level, const struct error *e);	/* to the log, and on stderr */
};

/* The commands; each returns the exit status, or -1. */
typedef int oci_command(const struct request *r, char **words, struct error *e);
oci_command oci_create, oci_run, oci_start, oci_state, oci_kill, oci_delete, oci_exec, oci_ps, oci_list, oci_pause, oci_resume, oci_update,
	oci_events, oci_spec, oci_features;

#endif
