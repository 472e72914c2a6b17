/*
 * options.c - turns argv into a spec, with a table of options and one reader for all commands.
 *
 * Names and meanings are those of docker-run(1). The first argument that is not an option ends the options.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/list.h"
#include "base/say.h"
#include "bricks/brick.h"
#include "bricks/seccomp.h"
#include "bricks/volume.h"
#include "cli/cli.h"

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
static int take_value(void *into, const struct option *o, const char *word, struct error *e)
{
	char one[64] = "", *field = (char *)into + o->place;

	if (o->parse(word, o->size ? one : field, e) == -1)
		return wrap(e, "--%s %s", o->name, word);
	if (o->size)
		*(void **)field = append(*(void **)field, o->size, one);
	return 0;
}

static int parse_pids(const char *word, void *pids, struct error *e)
{
	if (strcmp(word, "max") != 0 && strcmp(word, "-1") != 0)
		return parse_number(word, 1, 4194304, pids, e);
	*(uint64_t *)pids = UINT64_MAX;
	return 0;
}

static int take_name(void *into, const struct option *o, const char *word, struct error *e)
{
	return parse_name(word, e) == -1 ? wrap(e, "--%s %s", o->name, word) : take_word(into, o, word, e);
}

static int take_hostname(void *into, const struct option *o, const char *word, struct error *e)
{
	enum { LONGEST = 64 };	/* sethostname(2). musl's HOST_NAME_MAX is higher */

	if (!*word || strlen(word) > LONGEST || strpbrk(word, " \t\n"))
		return fail(e, "--hostname \"%s\": not a hostname; use 1 to %d bytes without blanks", word, LONGEST);
	return take_word(into, o, word, e);
}

static int take_dns(void *into, const struct option *o, const char *word, struct error *e)
{
	struct in6_addr any;

	if (inet_pton(AF_INET, word, &any) != 1 && inet_pton(AF_INET6, word, &any) != 1)
		return fail(e, "--dns %s: not an IP address; use the address of a name server, such as 1.1.1.1", word);
	return take_list(into, o, word, e);
}

int take_workdir(void *into, const struct option *o, const char *word, struct error *e)
{
	if (*word != '/')
		return fail(e, "--workdir %s: not an absolute path; use a path in the container that begins with /", word);
	return take_word(into, o, word, e);
}

int take_environment(void *into, const struct option *o, const char *word, struct error *e)
{
	char *pair = NULL;

	if (!*word || *word == '=')
		return fail(e, "--env \"%s\": the name is missing; use NAME=VALUE, or the NAME of a variable in your environment", word);
	if (!strchr(word, '=')) {
		if (!getenv(word))
			return 0;
		if (asprintf(&pair, "%s=%s", word, getenv(word)) != -1)
			word = pair;
	}
	return take_list(into, o, word, e);
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

static int take_capability(void *into, const struct option *o, const char *word, struct error *e)
{
	uint64_t *all = (uint64_t *)((char *)into + o->place), one;

	if (parse_capability(word, &one, e) == -1)
		return wrap(e, "--%s %s", o->name, word);
	*all |= one;
	return 0;
}

static int take_log(void *into, const struct option *o, const char *word, struct error *e)
{
	struct spec *s = into;

	if (strncmp(word, "max-size=", 9) != 0)
		return fail(e, "--%s %s: unknown value; use max-size=SIZE, or max-size=-1 for a log without a limit", o->name, word);
	if (parse_size(word + 9, &s->log_size, e) == -1)
		return wrap(e, "--%s max-size", o->name);
	return 0;
}

static int take_security(void *into, const struct option *o, const char *word, struct error *e)
{
	struct spec *s = into;

	if (strncmp(word, "seccomp=", 8) != 0 || !word[8])
		return fail(e, "--%s %s: unknown value; use seccomp=FILE or seccomp=unconfined", o->name, word);
	s->seccomp = word + 8;
	return 0;
}

int take_explain(void *into UNUSED, const struct option *o, const char *word, struct error *e)
{
	if (word && strcmp(word, "pause") != 0)
		return fail(e, "--%s=%s: unknown value; use --explain or --explain=pause", o->name, word);
	explain = true;
	paused = word;
	return 0;
}

static int take_without(void *into, const struct option *o, const char *word, struct error *e)
{
	char all[1024] = "";

	for (const struct brick *b = wall; b->name; b++)
		if (b->what && strcmp(b->name, word) == 0)
			return take_list(into, o, word, e);
	for (const struct brick *b = wall; b->name; b++)
		if (b->what)
			strcat(strcat(all, " "), b->name);
	return fail(e, "--%s: no such brick: \"%s\"; the bricks are:%s", o->name, word, all);
}

#define AT(field) offsetof(struct spec, field)
#define VALUE(field, parse) take_value, AT(field), parse, 0
#define LIST(field, parse, type) take_value, AT(field), parse, sizeof(type)
static const struct option options[] = {
	{ "name", 0, "NAME", "container name, which is also its ID (default: generated)", take_name, AT(name), NULL, 0 },
	{ "hostname", 'h', "NAME", "hostname of the container (default: its ID)", take_hostname, AT(hostname), NULL, 0 },
	{ "env", 'e', "NAME=VALUE", "set an environment variable; with NAME alone, copy yours", take_environment, AT(environment), NULL, 0 },
	{ "workdir", 'w', "DIR", "working directory in the container (default: /)", take_workdir, AT(workdir), NULL, 0 },
	{ "user", 'u', "USER[:GROUP]", "user name or UID in ROOTFS (default: root)", take_word, AT(user), NULL, 0 },
	{ "interactive", 'i', NULL, "connect your standard input", take_flag, AT(interactive), NULL, 0 },
	{ "tty", 't', NULL, "allocate a pseudo-terminal", take_flag, AT(tty), NULL, 0 },
	{ "detach", 'd', NULL, "run in the background and print the container ID", take_flag, AT(detach), NULL, 0 },
	{ "log-opt", 0, "max-size=SIZE", "with -d: begin a new log at this size, and keep one old (default: 10m)", take_log, 0, NULL, 0 },
	{ "rm", 0, NULL, "with -d: remove the container when it exits", take_flag, AT(remove), NULL, 0 },
	{ "init", 0, NULL, "run an init as PID 1 that reaps processes and forwards signals", take_flag, AT(init), NULL, 0 },
	{ "read-only", 0, NULL, "make the root file system read-only", take_flag, AT(read_only), NULL, 0 },
	{ "write-through", 0, NULL, "write to ROOTFS itself, without an overlay", take_flag, AT(write_through), NULL, 0 },
	{ "volume", 'v', "SRC:DST[:ro]", "bind mount SRC of the host on DST", LIST(volumes, parse_volume, struct volume) },
	{ "tmpfs", 0, "DST[:OPTIONS]", "mount a tmpfs on DST", LIST(tmpfs, parse_tmpfs, struct tmpfs) },
	{ "memory", 'm', "SIZE", "memory limit in bytes, or with k, m or g", VALUE(memory, parse_size) },
	{ "memory-swap", 0, "SIZE", "limit on memory plus swap; -1: unlimited swap (default: --memory)", VALUE(memory_swap, parse_size) },
	{ "cpus", 0, "X", "number of CPUs", VALUE(cpus, parse_cpus) },
	{ "pids-limit", 0, "N", "maximum number of processes", VALUE(pids, parse_pids) },
	{ "cpuset-cpus", 0, "LIST", "CPUs on which it may run, such as 0-1,3", take_word, AT(cpuset), NULL, 0 },
	{ "device-read-bps", 0, "PATH:RATE", "limit reads from PATH's device, in bytes per second", LIST(reads, parse_throttle, struct throttle) },
	{ "device-write-bps", 0, "PATH:RATE", "limit writes to PATH's device, in bytes per second", LIST(writes, parse_throttle, struct throttle) },
	{ "network", 0, "none|host|bridge", "none: only lo; bridge: reach the host and beyond (default: bridge)", take_choice, AT(network), NULL, 0 },
	{ "publish", 'p', "HOST:PORT[/udp]", "publish the container's PORT on the host's port HOST", LIST(ports, parse_port, struct port) },
	{ "dns", 0, "ADDRESS", "address of a name server (default: the host's)", take_dns, AT(dns), NULL, 0 },
	{ "cap-add", 0, "NAME", "add a capability, or ALL", take_capability, AT(added), NULL, 0 },
	{ "cap-drop", 0, "NAME", "drop a capability, or ALL", take_capability, AT(dropped), NULL, 0 },
	{ "security-opt", 0, "seccomp=FILE", "use this seccomp profile; unconfined: no filter", take_security, 0, NULL, 0 },
	{ "privileged", 0, NULL, "give all capabilities and devices, and no seccomp filter", take_flag, AT(privileged), NULL, 0 },
	{ "ulimit", 0, "NAME=SOFT[:HARD]", "resource limit, see setrlimit(2)", LIST(ulimits, parse_ulimit, struct ulimit) },
	{ "sysctl", 0, "NAME=VALUE", "set a sysctl of the container's namespaces", LIST(sysctls, parse_sysctl, struct sysctl) },
	{ "userns", 0, "host|auto", "auto: the container's root is nobody on the host", take_choice, AT(userns), NULL, 0 },
	{ "cgroupns", 0, "host|private", "private: it sees its cgroup as the root (default: private)", take_choice, AT(cgroupns), NULL, 0 },
	{ "explain", 0, "[=pause]", "print every system call; pause: wait for Enter before each", take_explain, 0, NULL, 0 },
	{ "without", 0, "BRICK", "leave out one brick, to see what it is there for:", take_without, AT(without), NULL, 0 },
	{ 0 }
};

/* Find the option with this LETTER or, if LETTER is 0, with the name in the LENGTH bytes at NAME. Returns NULL if there is none. */
static const struct option *find(const struct option *o, char letter, const char *name, size_t length)
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
		const struct option *o = find(options, *letter, "", 0);
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
	const struct option *o = find(options, 0, name, value ? (size_t)(value - name) : strlen(name));

	if (!o)
		return fail(e, "unknown option %s; --help lists the options", *words), NULL;
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

		snprintf(left, sizeof left, "%c%c%s --%s%s%s", o->letter ? '-' : ' ', o->letter ? o->letter : ' ',
			 o->letter ? "," : " ", o->name, takes_next(o) ? " " : "", o->word ? o->word : "");
		printf("  %-34s %s\n", left, o->what);
	}
}

void print_run_help(void)
{
	print_options(options);
	for (const struct brick *b = wall; b->name; b++)
		if (b->what)
			printf("      %-30s %s\n", b->name, b->what);
}

/* Check options against each other. */
static int check(const struct spec *s, struct error *e)
{
	if (s->memory_swap && s->memory_swap != UINT64_MAX && s->memory_swap < s->memory)
		return fail(e, "--memory-swap is the limit on memory plus swap: it can't be less than --memory");
	if (s->memory_swap && !s->memory)
		return fail(e, "--memory-swap requires --memory");
	if (s->ports && s->network != NETWORK_BRIDGE)
		return fail(e, "--publish requires --network bridge: other networks have no way to the container's ports");
	if (!s->userns && geteuid() != 0)
		return fail(e, "--userns host requires root (sudo): an ordinary user can be root only in a user namespace");
	if (s->detach && s->interactive && !s->tty)
		return fail(e, "-d and -i exclude each other without -t: in the background, there is no standard input");
	return 0;
}

int spec_from_words(struct spec *s, char **words, struct error *e)
{
	static char *shell[] = { "/bin/sh", NULL };

	*s = (struct spec){ .network = NETWORK_BRIDGE, .cgroupns = true, .userns = geteuid() != 0, .log_size = 10 << 20 };
	if (!is_root())
		s->network = NETWORK_NONE;
	if (!(words = read_options(options, s, words, e)))
		return -1;
	if (!*words)
		return fail(e, "missing ROOTFS; usage: box run [OPTION]... ROOTFS [COMMAND [ARG...]]");
	if (!(s->rootfs = realpath(*words, NULL)))
		return fail(e, "ROOTFS %s: %s (lab/rootfs creates one)", *words, strerror(errno));
	s->command = words[1] ? words + 1 : shell;
	s->capabilities = s->privileged ? UINT64_MAX : s->added == UINT64_MAX ? ~s->dropped : (DEFAULT_CAPABILITIES & ~s->dropped) | s->added;
	return check(s, e) == -1 || volume_sort(s, e) == -1 ? -1 : seccomp_choose(s, e);
}
