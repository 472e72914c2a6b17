/*
 * main.c - box as engines call it: the command line of the OCI runtimes, runc's and crun's.
 *
 * People and engines say "run", "exec" and "kill", and mean different things. An engine's call has an option that no person types, or
 * names a container that an engine owns; box-oci, a link to box, and box oci are always this face.
 *
 *   see      box oci --help; ln -s box box-oci
 *   read     runc(8), crun(1); the OCI runtime-tools' command line interface
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/files.h"
#include "base/text.h"
#include "life/seal.h"
#include "life/store.h"
#include "oci/oci.h"

#define AT(field) offsetof(struct request, field)
#define WORD(name, word, what, field) { name, 0, word, what, take_word, AT(field), NULL, 0 }
#define FLAG(name, letter, what, field) { name, letter, NULL, what, take_flag, AT(field), NULL, 0 }
#define CHOICE(name, letter, words, what, field) { name, letter, words, what, take_choice, AT(field), NULL, 0 }

static const struct option global_options[] = {
	WORD("root", "DIR", "where the containers' states are (default: /run/box)", root),
	WORD("log", "FILE", "write errors to FILE, too", log),
	CHOICE("log-format", 0, "text|json", "how (default: text)", log_format),
	CHOICE("cgroup-manager", 0, "cgroupfs|systemd|disabled", "who creates cgroups (default: cgroupfs)", manager),
	WORD("rootless", "WORD", "ignored: box finds out", ignored_word),
	WORD("criu", "PATH", "ignored: box has no checkpoints", ignored_word),
	FLAG("systemd-cgroup", 0, "as --cgroup-manager systemd", systemd),
	FLAG("debug", 0, "ignored", ignored),
	FLAG("version", 'v', "print the version", version),
	{ 0 }
};

#define BUNDLE { "bundle", 'b', "DIR", "directory with config.json (default: .)", take_word, AT(bundle), NULL, 0 }
#define PID_FILE WORD("pid-file", "FILE", "write the PID to FILE", pid_file)
#define CONSOLE WORD("console-socket", "PATH", "pass the terminal's master to this socket", console)
#define PRESERVE WORD("preserve-fds", "N", "keep N descriptors, from 3 on", preserved)

static const struct option none[] = { { 0 } }, create_options[] = {
	BUNDLE, PID_FILE, CONSOLE, PRESERVE, FLAG("no-pivot", 0, "ignored: box needs pivot_root(2)", ignored),
	FLAG("no-new-keyring", 0, "keep the caller's session keyring", no_new_keyring), FLAG("detach", 'd', "run: do not wait", detach),
	FLAG("keep", 0, "run: keep it when it has ended; delete removes it", keep), FLAG("no-subreaper", 0, "ignored", ignored), { 0 }
}, exec_words[] = {
	{ "process", 'p', "FILE", "what to run: a process.json", take_word, AT(process), NULL, 0 }, PID_FILE, CONSOLE, PRESERVE,
	FLAG("detach", 'd', "do not wait", detach), FLAG("tty", 't', "with a terminal", terminal), { 0 }
}, kill_words[] = {
	FLAG("all", 'a', "every process of the container", all), { 0 }
}, delete_words[] = {
	FLAG("force", 'f', "kill it first; none to delete is no error", force), { 0 }
}, ps_words[] = {
	CHOICE("format", 'f', "table|json", "how (default: table)", format), { 0 }
}, list_words[] = {
	CHOICE("format", 'f', "table|json", "how (default: table)", format), FLAG("quiet", 'q', "print only IDs", quiet), { 0 }
}, update_words[] = {
	{ "resources", 'r', "FILE", "the new resources, as in config.json; -: standard input", take_word, AT(resources), NULL, 0 }, { 0 }
}, events_words[] = {
	FLAG("stats", 0, "print the numbers once", stats), { 0 }
};

static int no_checkpoints(const struct request *r UNUSED, char **words UNUSED, struct error *e)
{
	return fail(e, "box has no checkpoints; use a runtime with CRIU");
}

/* SHARED: people's box has a command of this name, too. */
static const struct { const char *name, *usage, *what; oci_command *run; const struct option *options; bool shared, seals; } all[] = {
	{ "create", "[OPTION]... ID", "create a container; it waits for start", oci_create, create_options, false, true },
	{ "start", "ID", "let a created container become its command", oci_start, none, true, false },
	{ "state", "ID", "print a container's state, as JSON", oci_state, none, false, false },
	{ "kill", "[--all] ID [SIGNAL]", "send a signal (default: TERM)", oci_kill, kill_words, true, false },
	{ "delete", "[--force] ID", "remove a container that has ended", oci_delete, delete_words, false, false },
	{ "exec", "[OPTION]... ID [COMMAND...]", "run a process in a running container", oci_exec, exec_words, true, true },
	{ "ps", "[--format json] ID", "print the PIDs of a container", oci_ps, ps_words, true, false },
	{ "list", "[--format json]", "list the containers", oci_list, list_words, false, false },
	{ "pause", "ID", "freeze a container", oci_pause, none, true, false },
	{ "resume", "ID", "let a paused container go on", oci_resume, none, false, false },
	{ "update", "--resources FILE ID", "change the limits of a container", oci_update, update_words, true, false },
	{ "events", "--stats ID", "print what a container uses, as JSON", oci_events, events_words, false, false },
	{ "run", "[OPTION]... ID", "create, start, wait and delete", oci_run, create_options, true, true },
	{ "spec", "", "write a config.json to begin with", oci_spec, create_options, false, false },
	{ "features", "", "print what this runtime can do, as JSON", oci_features, none, false, false },
	{ "checkpoint", "ID", "not in box", no_checkpoints, none, false, false },
	{ "restore", "ID", "not in box", no_checkpoints, none, false, false },
	{ 0 }
};

/* ---- Which face ---------------------------------------------------------------------------------- */

static bool is_option(const struct option *o, const char *word)
{
	const size_t length = strcspn(word, "=");

	return length > 2 && find_option(o, 0, word + 2, length - 2);
}

static void engines_root(const char *chosen, char path[PATH_MAX])
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char here[PATH_MAX];

	if (chosen && *chosen != '/' && getcwd(here, sizeof here))
		snprintf(path, PATH_MAX, "%.2000s/%.2000s", here, chosen);
	else if (chosen)
		snprintf(path, PATH_MAX, "%s", chosen);
	else
		snprintf(path, PATH_MAX, "%s/box", is_root() || !runtime ? "/run" : runtime);
}

/* People's containers are not in the directory of engines', unless they have chosen it as their BOX_ROOT. What follows the ID is a
 * signal, or a command whose words mean nothing to us. */
static bool names_engines(char **words)
{
	char root[PATH_MAX], path[PATH_MAX + NAME_MAX + 16];

	while (*words && **words == '-')
		words++;
	engines_root(NULL, root);
	snprintf(path, sizeof path, "%s/%s/" MARKER, root, *words ? *words : "");
	return *words && access(path, F_OK) == 0;
}

static bool has_engines_option(char **words)
{
	static const struct option own[] = {
		BUNDLE, PID_FILE, CONSOLE, PRESERVE, WORD("process", "", "", process), WORD("resources", "", "", resources), { 0 }
	};

	for (; *words && **words == '-'; words++)
		if (is_option(own, *words))
			return true;
	return false;
}

bool oci_is_meant(char **argv)
{
	const char *slash = strrchr(argv[0], '/'), *name = slash ? slash + 1 : argv[0];
	const char *word = argv[1] ? argv[1] : "";

	if (strcmp(name, "box-oci") == 0 || strcmp(name, "runc") == 0 || strcmp(name, "crun") == 0 || strcmp(word, "oci") == 0)
		return true;
	if (strncmp(word, "--", 2) == 0)
		return is_option(global_options, word);
	for (size_t i = 0; all[i].name; i++)
		if (strcmp(all[i].name, word) == 0)
			return !all[i].shared || has_engines_option(argv + 2) || (all[i].run != oci_run && names_engines(argv + 2));
	return false;
}

/* ---- Errors -------------------------------------------------------------------------------------- */

/* Engines look for these words. */
static const char *const known[] = {
	[NO_CONTAINER] = "container does not exist", [ID_IN_USE] = "container with given ID already exists", [NOT_RUNNING] = "container not running",
	[NO_COMMAND] = "executable file not found in $PATH", [NO_PERMISSION] = "permission denied",
};

/* One JSON object in a line, with a time that Go can read: containerd and podman take the last. One write(2), so that lines of several
 * runtimes do not mix. The stderr of create is the container's, so a warning goes there only if there is no log, as with runc. */
static void report(const struct request *r, const char *level, const struct error *e)
{
	const char *words = e->kind < sizeof known / sizeof *known ? known[e->kind] : NULL;
	char *text FREED = words ? formatted("%s: %s", words, e->text) : formatted("%s", e->text);
	char *quoted FREED = NULL, when[40];
	struct tm utc;
	time_t now = time(NULL);
	CLOSED int log = r->log ? open(r->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : -1;

	if (log == -1 || strcmp(level, "error") == 0)
		fprintf(stderr, "box: %s%s\n", strcmp(level, "error") == 0 ? "" : "warning: ", text);
	make_printable(text);	/* JSON is Unicode, but a path can be any bytes */
	quoted = json_dumps(json_string(text), JSON_ENCODE_ANY);
	strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
	if (log >= 0 && r->log_format == LOG_AS_JSON)
		dprintf(log, "{\"level\": \"%s\", \"msg\": %s, \"time\": \"%s\"}\n", level, quoted, when);
	else if (log >= 0)
		dprintf(log, "time=\"%s\" level=%s msg=%s\n", when, level, quoted);
}

/* ---- Run it -------------------------------------------------------------------------------------- */

static int print_help(void)
{
	printf("usage: box oci [OPTION]... COMMAND ...\n\nThe command line of the OCI runtimes, for engines.\n\n");
	print_options(global_options);
	printf("\n");
	for (size_t i = 0; all[i].name; i++)
		printf("  %-10s %-30s %s\n", all[i].name, all[i].usage, all[i].what);
	printf("\nbox oci COMMAND --help prints the options of a command.\n");
	return 0;
}

static int print_command_help(size_t i)
{
	printf("usage: box oci [OPTION]... %s %s\n\n%s\n%s", all[i].name, all[i].usage, all[i].what, all[i].options->name ? "\n" : "");
	print_options(all[i].options);
	return 0;
}

/* Engines read a line with "version", and one that begins with "commit:". */
static int print_version(void)
{
	printf("box version 1.0\ncommit: none\nspec: 1.2.0\n+SECCOMP +CAP +CGROUP2\n");
	return 0;
}

static int run(struct request *r, char **argv, struct error *e)
{
	char root[PATH_MAX];
	const bool named = argv[1] && strcmp(argv[1], "oci") == 0;
	char **words = read_options(global_options, r, argv + 1 + named, e);
	size_t i = 0;

	if (e->kind == HELP_WANTED)
		return print_help();
	if (!words)
		return -1;
	if (r->version)
		return print_version();
	if (!*words || strcmp(*words, "help") == 0)
		return print_help();
	engines_root(r->root, root);
	setenv("BOX_ROOT", root, 1);
	while (all[i].name && strcmp(all[i].name, *words) != 0)
		i++;
	if (!all[i].name)
		return fail(e, "unknown command \"%s\"; box oci --help lists the commands", *words);
	r->execs = all[i].run == oci_exec;
	if (all[i].seals && seal(argv, e) == -1)
		return -1;
	unsetenv(OWN_PATH);	/* the engine's hooks get its environment */
	words = r->execs ? read_options(all[i].options, r, words + 1, e) : read_between(all[i].options, r, words + 1, e);
	if (e->kind == HELP_WANTED)
		return print_command_help(i);
	return words ? all[i].run(r, words, e) : -1;
}

/* Failed calls of exec exit with 255, and all others with 1, as those of runc and crun. */
int oci_main(char **argv)
{
	struct request r = { .report = report };
	struct error e = { 0 };
	int status = run(&r, argv, &e);

	if (status >= 0 && (fflush(stdout) == EOF || ferror(stdout)))
		status = fail_call(&e, "write the output", "write(1)");
	if (status >= 0)
		return status;
	report(&r, "error", &e);
	return r.execs ? 255 : 1;
}
