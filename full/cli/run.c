/*
 * run.c - box run: turns its command line into a spec. Names and meanings are those of docker-run(1).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/files.h"
#include "base/list.h"
#include "base/text.h"
#include "bricks/brick.h"
#include "bricks/seccomp.h"
#include "bricks/streams.h"
#include "cli/cli.h"
#include "life/container.h"
#include "oci/image.h"

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

static bool is_address(const char *word)
{
	struct in6_addr any;

	return inet_pton(AF_INET, word, &any) == 1 || inet_pton(AF_INET6, word, &any) == 1;
}

static int take_dns(void *into, const struct option *o, const char *word, struct error *e)
{
	if (!is_address(word))
		return fail(e, "--dns %s: not an IP address; use the address of a name server, such as 1.1.1.1", word);
	return take_list(into, o, word, e);
}

/* docker-run(1): a variable of --env replaces one of a file, wherever it stands. So those of files are kept apart. */
struct words {
	struct spec spec;
	char **from_files;
	uint64_t added, dropped;	/* by --cap-add and --cap-drop */
	struct defaults defaults;
	const char *entrypoint;
};

/* The list has lines of hosts(5). */
static int take_host(void *into, const struct option *o, const char *word, struct error *e)
{
	const size_t length = strcspn(word, ":=");
	const char *given = word[length] ? word + length + 1 : "";
	const int bracket = *given == '[' && given[strlen(given) - 1] == ']';	/* docker takes [::1], too */
	char *address FREED = formatted("%.*s", (int)strlen(given) - 2 * bracket, given + bracket);
	const bool known = strcmp(given, "host-gateway") == 0 || is_address(address);

	if (!length || strcspn(word, " \t\n") < length || !known)
		return fail(e, "--%s %s: use NAME:ADDRESS, where ADDRESS is an IP address or host-gateway", o->name, word);
	return take_list(into, o, formatted("%s\t%.*s", address, (int)length, word), e);
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
	if (parse_size(word + 9, &s->own.log_size, e) == -1)
		return wrap(e, "--%s max-size", o->name);
	return 0;
}

static int take_security(void *into, const struct option *o, const char *word, struct error *e)
{
	static const char less[] = "no-new-privileges";
	struct spec *s = into;
	const char *value = word + strlen(less);

	if (strncmp(word, "seccomp=", 8) == 0 && word[8]) {
		s->own.seccomp = word + 8;
		return 0;
	}
	if (strncmp(word, less, strlen(less)) != 0 || (*value && strcmp(value + 1, "true") != 0))
		return fail(e, "--%s %s: unknown value; use seccomp=FILE, seccomp=unconfined or no-new-privileges, which box always sets without --privileged",
			    o->name, word);
	s->process.no_new_privs = true;
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
static const struct option run_options[] = {
	{ "name", 0, "NAME", "container name, which is also its ID (default: generated)", take_name, AT(id), NULL, 0 },
	{ "hostname", 'h', "NAME", "hostname of the container (default: its ID)", take_hostname, AT(hostname), NULL, 0 },
	{ "env", 'e', "NAME=VALUE", "set an environment variable; with NAME alone, copy yours", take_environment, AT(process.env), NULL, 0 },
	{ "env-file", 0, "FILE", "set the variables that FILE lists, a line for each", take_env_file, offsetof(struct words, from_files), NULL, 0 },
	{ "workdir", 'w', "DIR", "working directory in the container (default: /)", take_workdir, AT(process.cwd), NULL, 0 },
	{ "user", 'u', "USER[:GROUP]", "user name or UID in ROOTFS (default: root)", take_word, AT(process.user), NULL, 0 },
	{ "group-add", 0, "GROUP", "add a group to the user's", take_list, AT(process.groups), NULL, 0 },
	{ "interactive", 'i', NULL, "connect your standard input", take_flag, AT(own.interactive), NULL, 0 },
	{ "tty", 't', NULL, "allocate a pseudo-terminal", take_flag, AT(process.terminal), NULL, 0 },
	{ "entrypoint", 0, "PROGRAM", "run this PROGRAM instead of the image's, and not the image's arguments", take_word, offsetof(struct words, entrypoint), NULL, 0 },
	{ "detach", 'd', NULL, "run in the background and print the container ID", take_flag, AT(own.detach), NULL, 0 },
	{ "stop-signal", 0, "SIGNAL", "the signal that box stop sends first (default: TERM)", take_signal, AT(own.stop_signal), NULL, 0 },
	{ "log-opt", 0, "max-size=SIZE", "with -d: begin a new log at this size, and keep one old (default: 10m)", take_log, 0, NULL, 0 },
	{ "rm", 0, NULL, "with -d: remove the container when it exits", take_flag, AT(own.remove), NULL, 0 },
	{ "init", 0, NULL, "run an init as PID 1 that reaps processes and forwards signals", take_flag, AT(own.init), NULL, 0 },
	{ "read-only", 0, NULL, "make the root file system read-only", take_flag, AT(read_only), NULL, 0 },
	{ "write-through", 0, NULL, "write to ROOTFS itself, without an overlay", take_flag, AT(own.write_through), NULL, 0 },
	{ "volume", 'v', "SRC:DST[:ro]", "bind mount SRC of the host on DST", LIST(mounts, parse_volume, struct mount) },
	{ "tmpfs", 0, "DST[:OPTIONS]", "mount a tmpfs on DST", LIST(mounts, parse_tmpfs, struct mount) },
	{ "mount", 0, "type=TYPE,...", "the same in docker's words: type=bind,src=SRC,dst=DST,readonly or type=tmpfs,dst=DST", take_mount, 0, NULL, 0 },
	{ "device", 0, "PATH[:DST][:rwm]", "give it a device of the host, with this access (default: rwm)", take_device, 0, NULL, 0 },
	{ "shm-size", 0, "SIZE", "size of /dev/shm (default: 64m)", take_value, offsetof(struct words, defaults.shm_size), parse_size, 0 },
	{ "memory", 'm', "SIZE", "memory limit in bytes, or with k, m or g", VALUE(resources.memory, parse_size) },
	{ "memory-swap", 0, "SIZE", "limit on memory plus swap; -1: unlimited swap (default: --memory)", VALUE(resources.memory_swap, parse_size) },
	{ "cpus", 0, "X", "number of CPUs", VALUE(resources.cpus, parse_cpus) },
	{ "pids-limit", 0, "N", "maximum number of processes", VALUE(resources.pids, parse_pids) },
	{ "cpuset-cpus", 0, "LIST", "CPUs on which it may run, such as 0-1,3", take_word, AT(resources.cpuset), NULL, 0 },
	{ "device-read-bps", 0, "PATH:RATE", "limit reads from PATH's device, in bytes per second", LIST(resources.reads, parse_throttle, struct throttle) },
	{ "device-write-bps", 0, "PATH:RATE", "limit writes to PATH's device, in bytes per second", LIST(resources.writes, parse_throttle, struct throttle) },
	{ "network", 0, "none|host|bridge", "none: only lo; bridge: reach the host and beyond (default: bridge)", take_choice, AT(own.network), NULL, 0 },
	{ "publish", 'p', "HOST:PORT[/udp]", "publish the container's PORT on the host's port HOST", LIST(own.ports, parse_port, struct port) },
	{ "dns", 0, "ADDRESS", "address of a name server (default: the host's)", take_dns, AT(own.dns), NULL, 0 },
	{ "add-host", 0, "NAME:ADDRESS", "add a line to /etc/hosts; host-gateway: the host's address", take_host, AT(own.hosts), NULL, 0 },
	{ "cap-add", 0, "NAME", "add a capability, or ALL", take_capability, offsetof(struct words, added), NULL, 0 },
	{ "cap-drop", 0, "NAME", "drop a capability, or ALL", take_capability, offsetof(struct words, dropped), NULL, 0 },
	{ "security-opt", 0, "seccomp=FILE", "use this seccomp profile; unconfined: no filter. no-new-privileges: with --privileged, too", take_security, 0, NULL, 0 },
	{ "privileged", 0, NULL, "give all capabilities and devices, and no seccomp filter", take_flag, AT(own.privileged), NULL, 0 },
	{ "ulimit", 0, "NAME=SOFT[:HARD]", "resource limit, see setrlimit(2)", LIST(process.rlimits, parse_ulimit, struct ulimit) },
	{ "sysctl", 0, "NAME=VALUE", "set a sysctl of the container's namespaces", LIST(sysctls, parse_sysctl, struct sysctl) },
	{ "userns", 0, "host|auto", "auto: the container's root is nobody on the host", take_choice, offsetof(struct words, defaults.userns), NULL, 0 },
	{ "cgroupns", 0, "host|private", "private: it sees its cgroup as the root (default: private)", take_choice, offsetof(struct words, defaults.cgroupns), NULL, 0 },
	{ "explain", 0, "[=pause]", "print every system call; pause: wait for Enter before each", take_explain, 0, NULL, 0 },
	{ "without", 0, "BRICK", "leave out one brick, to see what it is there for:", take_without, AT(own.without), NULL, 0 },
	{ "restart", 0, "POLICY", "box is no daemon, so nobody would restart the container; a systemd unit with Restart=on-failure can", take_never, 0, NULL, 0 },
	{ "label", 'l', "NAME=VALUE", "box keeps no labels; --name tells containers apart", take_never, 0, NULL, 0 },
	{ "publish-all", 'P', NULL, "box reads no list of ports from an image; --publish publishes one", take_never, 0, NULL, 0 },
	{ "link", 0, "NAME", "box has no names between containers; --add-host gives one, and box inspect prints an address", take_never, 0, NULL, 0 },
	{ "volumes-from", 0, "ID", "box keeps no volumes; give each container the same --volume", take_never, 0, NULL, 0 },
	{ "cpu-shares", 'c', "N", "box has no weights; --cpus limits CPU time", take_never, 0, NULL, 0 },
	{ "memory-reservation", 0, "SIZE", "box has no soft limit; --memory limits memory", take_never, 0, NULL, 0 },
	{ "stop-timeout", 0, "S", "box keeps no time to wait for an end; box stop --time takes it", take_never, 0, NULL, 0 },
	{ "ip", 0, "ADDRESS", "box chooses a free address, which box inspect prints; --publish gives the container a port of the host", take_never, 0, NULL, 0 },
	{ "gpus", 0, "WHICH", "box knows no drivers; --device gives one device, and --privileged all", take_never, 0, NULL, 0 },
	{ "pid", 0, "MODE", "each container has its own PID namespace; box exec enters one, and --without pid leaves it out", take_never, 0, NULL, 0 },
	{ "ipc", 0, "MODE", "each container has its own IPC namespace; --without ipc leaves it out", take_never, 0, NULL, 0 },
	{ "health-cmd", 0, "COMMAND", "box is no daemon, so nobody would run it; box exec can", take_never, 0, NULL, 0 },
	{ "log-driver", 0, "NAME", "box has one log for each container; box logs prints it", take_never, 0, NULL, 0 },
	{ "pull", 0, "WHEN", "box downloads no images; skopeo copy docker://IMAGE oci:DIR:TAG does", take_never, 0, NULL, 0 },
	{ "platform", 0, "NAME", "box takes the image for this machine", take_never, 0, NULL, 0 },
	{ 0 }
};

void print_run_help(void)
{
	print_options(run_options);
	for (const struct brick *b = wall; b->name; b++)
		if (b->what)
			printf("      %-30s %s\n", b->name, b->what);
}

int check_memory(const struct spec *s, struct error *e)
{
	const struct resources *r = &s->resources;

	if (r->memory_swap && !r->memory)
		return fail(e, "--memory-swap requires --memory");
	return !r->memory_swap || r->memory_swap >= r->memory ? 0 :
	       fail(e, "--memory-swap is the limit on memory plus swap: it can't be less than --memory");
}

/* Check options against each other. */
static int check(const struct spec *s, bool userns, struct error *e)
{
	if (check_memory(s, e) == -1)
		return -1;
	if (s->own.ports && s->own.network != NETWORK_BRIDGE)
		return fail(e, "--publish requires --network bridge: other networks have no way to the container's ports");
	if (!userns && geteuid() != 0)
		return fail(e, "--userns host requires root (sudo): an ordinary user can be root only in a user namespace");
	return 0;
}

/* The environment of a container: the variables that programs expect, the image's, those of --env-file, and those of --env. */
static void complete(struct spec *s, char **from_image, char **from_files)
{
	char **const sources[] = { from_image, from_files, s->process.env };
	static char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", term[] = "TERM=xterm", prompt[] = "PS1=box# ";
	char **all = put_variable(NULL, path);

	if (s->process.terminal)
		all = put_variable(put_variable(all, term), prompt);
	for (int i = 0; i < 3; i++)
		for (char **pair = sources[i]; pair && *pair; pair++)
			all = put_variable(all, *pair);
	s->process.env = all;
}

static void choose_capabilities(struct spec *s, uint64_t added, uint64_t dropped)
{
	uint64_t set = (DEFAULT_CAPABILITIES & ~dropped) | added;

	if (added == UINT64_MAX)	/* --cap-add ALL: but those of --cap-drop */
		set = ~dropped;
	if (s->own.privileged)
		set = UINT64_MAX;
	s->process.capabilities = (struct capabilities){ .bounding = set, .effective = set, .permitted = set };
}

/* Generate an ID, unless the user has chosen one: 46 random bits make it unique. It is also the hostname, so it begins with a letter:
 * programs take a name that consists only of digits for an address. A container on the host's network keeps the host's name, which is
 * the name of the network's addresses. */
static int choose_id(struct spec *s, struct error *e)
{
	static char id[13];
	unsigned char chance[6] = { 0 };

	s->own.named = s->id;
	if (!s->id) {
		if (getrandom(chance, sizeof chance, 0) != sizeof chance)
			return fail_call(e, "generate an ID", "getrandom()");
		chance[0] |= 0xa0;
		for (size_t i = 0; i < sizeof chance; i++)
			sprintf(id + 2 * i, "%02x", chance[i]);
		s->id = id;
	}
	if (!s->hostname && s->own.network != NETWORK_HOST)
		s->hostname = s->id;
	return 0;
}

int spec_from_words(struct spec *s, char **words, struct error *e)
{
	struct image image = { 0 };
	struct words w = { .spec.own = { .network = is_root() ? NETWORK_BRIDGE : NETWORK_NONE, .log_size = 10 << 20 },
			   .defaults = { .userns = geteuid() != 0, .cgroupns = true, .shm_size = 64 << 20 } };

	if (!(words = read_options(run_options, &w, words, e)))
		return -1;
	*s = w.spec;
	if (!*words)
		return fail(e, "missing ROOTFS; usage: box run [OPTION]... ROOTFS [COMMAND [ARG...]]");
	if (image_use(s, *words, &image, e) == -1)
		return -1;
	s->process.args = image_args(&image, w.entrypoint, words + 1);
	s->process.no_new_privs |= !s->own.privileged;
	s->process.umask = 022;
	complete(s, image.env, w.from_files);
	choose_capabilities(s, w.added, w.dropped);
	if (choose_id(s, e) == -1 || check(s, w.defaults.userns, e) == -1 || add_defaults(s, &w.defaults, e) == -1)
		return -1;
	return seccomp_choose(s, e);
}

int command_run(char **words, struct error *e)
{
	struct spec s;

	return spec_from_words(&s, words, e) == -1 || choose_stdin(&s, e) == -1 ? -1 : container_run(&s, e);
}
