/*
 * main.c - box: a container runtime made of the bricks of the six steps.
 *
 *   box run --memory 64m ROOTFS      read full/README.md
 */
#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "life/seal.h"
#include "oci/oci.h"

#define VERSION "1.0"

static int command_version(char **words UNUSED, struct error *e UNUSED)
{
	printf("box %s\n", VERSION);
	return 0;
}

static int command_help(char **words, struct error *e);

const struct command commands[] = {
	{ "run", "[OPTION]... ROOTFS [COMMAND [ARG...]]", "run COMMAND (default: /bin/sh) in a new container; ROOTFS can be an image: oci:DIR[:TAG]", command_run, NULL },
	{ "ps", "[OPTION]...", "list containers", command_ps, ps_options },
	{ "exec", "[OPTION]... ID COMMAND [ARG...]", "run COMMAND in a running container", command_exec, exec_options },
	{ "stop", "[--time S] ID...", "send SIGTERM, and after S seconds (default: 10) SIGKILL", command_stop, stop_options },
	{ "kill", "[--signal SIGNAL] ID...", "send a signal (default: KILL) to the container's PID 1", command_kill, kill_options },
	{ "wait", "ID...", "wait until each container has ended, and print its exit status", command_wait, NULL },
	{ "pause", "ID...", "freeze all processes of containers", command_pause, NULL },
	{ "unpause", "ID...", "let paused containers go on", command_unpause, NULL },
	{ "update", "[OPTION]... ID...", "change the limits of running containers", command_update, update_options },
	{ "rename", "ID NAME", "give a stopped container another name", command_rename, NULL },
	{ "rm", "[--force] ID...", "remove stopped containers; --force: running ones, too", command_rm, rm_options },
	{ "top", "ID", "list the processes of a container, with the host's PIDs and its own", command_top, NULL },
	{ "cp", "ID:PATH DEST | SRC ID:PATH", "copy files out of a running container, or into it", command_cp, cp_options },
	{ "stats", "[ID]", "print resource usage and limits", command_stats, NULL },
	{ "logs", "[--follow] ID", "print the output of a detached container", command_logs, logs_options },
	{ "inspect", "ID", "print everything known about a container, as JSON", command_inspect, NULL },
	{ "unpack", "[OPTION]... IMAGE[:TAG] BUNDLE", "unpack an OCI layout, or a tar of docker save, into a bundle", command_unpack, unpack_options },
	{ "prune", "", "remove unpacked images that no container uses, and print their digests", command_prune, NULL },
	{ "pull", "IMAGE", "not in box: skopeo copy docker://IMAGE oci:DIR:TAG; then box run oci:DIR:TAG", command_pull, NULL },
	{ "version", "", "print the version", command_version, NULL },
	{ "help", "[COMMAND]", "print this list, or a command's options", command_help, NULL },
	{ "oci", "[OPTION]... COMMAND ...", "the command line for engines: box oci --help lists its commands", NULL, NULL }, /* oci_main */
	{ 0 }
};

static const struct command *find_command(const char *name)
{
	for (const struct command *c = commands; c->name; c++)
		if (name && strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

/* Commands of docker's that box leaves to other programs, or to other commands. */
static int fail_unknown(const char *name, struct error *e)
{
	static const struct { const char *name, *who; } others[] = {
		{ "attach", "the output goes to a log, which box logs --follow ID prints, and there is no input; box exec -it ID sh starts a shell" },
		{ "images", "an image is a directory here: skopeo inspect oci:DIR:TAG describes it" },
		{ "build", "buildah and podman build images: podman build -t NAME . && skopeo copy containers-storage:NAME oci:DIR:TAG" },
		{ "push", "skopeo uploads images: skopeo copy oci:DIR:TAG docker://IMAGE" },
		{ "start", "a container runs once: box rm ID, and then box run again" },
		{ "restart", "a container runs once: box stop ID, and then box run again; a systemd unit with Restart=on-failure does it by itself" },
	};

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (strcmp(name, others[i].name) == 0)
			return fail(e, "box has no %s: %s", name, others[i].who);
	return fail(e, "unknown command \"%s\"; box help lists the commands", name);
}

static int command_help(char **words, struct error *e)
{
	const struct command *one = find_command(*words);

	if (*words && !one)
		return fail_unknown(*words, e);
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

/* Without memory, jansson leaves out the next key: a record would lack it, and nobody would notice. */
static void *allocate(size_t size)
{
	void *room = malloc(size);

	if (!room)
		abort();
	return room;
}

int main(int argc, char *argv[])
{
	const struct command *command = find_command(argc > 1 ? argv[1] : NULL);
	const bool enters = command && (command->run == command_run || command->run == command_exec);	/* a container */
	const bool asks = argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0;
	struct error e = { 0 };
	int status = -1;

	signal(SIGCHLD, SIG_DFL);	/* if our caller ignores it, we could not wait for our children */
	json_set_alloc_funcs(allocate, free);
	if (oci_is_meant(argv))
		return oci_main(argv);
	if (!command || (argc > 2 && strcmp(argv[2], "--help") == 0))
		status = command_help((char *[]){ asks ? NULL : argv[1], NULL }, &e);
	else if (!enters || seal(argv, &e) == 0)
		status = command->run(argv + 2, &e);
	if (status == -1 && e.kind == HELP_WANTED)
		status = command_help(argv + 1, &e);
	if (status >= 0 && (fflush(stdout) == EOF || ferror(stdout)))
		status = fail_call(&e, "write the output", "write(1)");
	if (status != -1)
		return status;
	if (*e.text)
		fprintf(stderr, "box: %s\n", e.text);
	return e.status ? e.status : 125;
}
