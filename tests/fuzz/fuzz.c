/*
 * fuzz.c - box's parsers under libFuzzer (make fuzz). The program's name says which: fuzz-size, fuzz-volume ...
 *
 * What is looked for is what the sanitizers see; and that a parser either takes a word, or fails with a line.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/parse.h"
#include "bricks/seccomp.h"
#include "bricks/user.h"
#include "cli/cli.h"
#include "life/store.h"
#include "oci/config.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int result, const struct error *e)
{
	if (result == -1 && (!*e->text || strchr(e->text, '\n')))
		abort();
}

/* ---- Targets: each is given a string that it may cut. What they make lives as long as box does ------ */

#define VALUE(name, parser, type) \
	static void name(char *text) \
	{ \
		type value = { 0 }; \
		struct error e = { 0 }; \
\
		check(parser(text, (void *)&value, &e), &e); \
	}

VALUE(size, parse_size, uint64_t)
VALUE(cpus, parse_cpus, uint64_t)
VALUE(port, parse_port, struct port)
VALUE(ulimit, parse_ulimit, struct ulimit)
VALUE(capability, parse_capability, uint64_t)
VALUE(volume, parse_volume, struct mount)
VALUE(sysctl, parse_sysctl, struct sysctl)
VALUE(tmpfs, parse_tmpfs, struct mount)

/* Each line is a word of the command line. */
static void options(char *text)
{
	static char *words[256];
	struct error e = { 0 };
	struct spec s;
	size_t count = 0;

	for (char *word; count < 255 && (word = strsep(&text, "\n"));)
		words[count++] = word;
	words[count] = NULL;
	check(spec_from_words(&s, words, &e), &e);
}

static void profile(char *text)
{
	struct sock_fprog filter;
	struct error e = { 0 };

	check(profile_compile(text, DEFAULT_CAPABILITIES, &filter, &e), &e);
}

/* The first line is --user's word, the others are /etc/passwd and /etc/group: of a mount namespace of ours. */
static void user(char *text)
{
	static int table = -1;
	char *word = strsep(&text, "\n");
	struct identity who;
	struct error e = { 0 };

	if (table == -1) {
		if (unshare(CLONE_NEWNS) == -1 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1 ||
		    mount("tmpfs", "/mnt", "tmpfs", 0, NULL) == -1 ||
		    (table = open("/mnt/table", O_RDWR | O_CREAT, 0600)) == -1 ||
		    mount("/mnt/table", "/etc/passwd", NULL, MS_BIND, NULL) == -1 ||
		    mount("/mnt/table", "/etc/group", NULL, MS_BIND, NULL) == -1)
			_exit(1); /* this one needs root */
	}
	if (ftruncate(table, 0) == -1 || (text && pwrite(table, text, strlen(text), 0) == -1))
		_exit(1);
	check(find_user(word, NULL, &who, &e), &e);
}

/* A container that box finds (BOX_ROOT is here, and called state), and takes for one that runs: it is locked. */
static int make_container(void)
{
	mkdir("state", 0700);
	mkdir("state/id", 0700);
	store_mark(AT_FDCWD, "state/id/" MARKER);
	if (flock(open("state/id", O_RDONLY | O_DIRECTORY), LOCK_EX) == -1)
		_exit(1);
	return open("state/id/state.json", O_RDWR | O_CREAT, 0600);
}

static void state(char *text)
{
	static int file = -1;
	struct error e = { 0 };
	struct spec spec = { 0 };
	struct state found;
	int result;

	if (file == -1)
		file = make_container();
	if (ftruncate(file, 0) == -1 || pwrite(file, text, strlen(text), 0) == -1)
		_exit(1);
	result = store_find("id", &found, &e);
	check(result, &e);
	if (result == 0)
		record_spec(&found, &spec);
	free(spec.process.env);
	record_free(&found);
}

/* The file of an engine that has this TEXT: config.json, in a bundle that is our working directory. */
static const char *engines_file(const char *text)
{
	static int file = -1;

	if (file == -1)
		file = open("config.json", O_RDWR | O_CREAT, 0600);
	if (ftruncate(file, 0) == -1 || pwrite(file, text, strlen(text), 0) == -1)
		_exit(1);
	return "config.json";
}

static void config(char *text)
{
	struct error e = { 0 };
	struct spec spec = { 0 };

	engines_file(text);
	check(config_read(".", &spec, &e), &e);
}

static void process(char *text)
{
	struct error e = { 0 };
	struct spec spec = { 0 };

	check(process_read(engines_file(text), &spec, &e), &e);
}

static void resources(char *text)
{
	struct error e = { 0 };
	struct spec spec = { 0 };

	check(resources_read(engines_file(text), &spec, &e), &e);
}

/* clang-format off */
static const struct { const char *name; void (*run)(char *text); } targets[] = {
	{ "size", size }, { "cpus", cpus }, { "port", port }, { "ulimit", ulimit }, { "capability", capability },
	{ "volume", volume }, { "sysctl", sysctl }, { "options", options },
	{ "profile", profile }, { "user", user }, { "tmpfs", tmpfs }, { "state", state }, { "config", config },
	{ "process", process }, { "resources", resources },
};
/* clang-format on */

static void (*target)(char *text);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *name = strrchr(**argv, '-');

	(void)argc;
	for (size_t i = 0; name && i < sizeof targets / sizeof *targets; i++)
		if (strcmp(name + 1, targets[i].name) == 0)
			target = targets[i].run;
	if (!target)
		fprintf(stderr, "%s: there is no target of that name\n", **argv);
	return target ? 0 : (exit(1), 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	target(text);
	free(text);
	return 0;
}
