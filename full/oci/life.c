/*
 * life.c - an engine's containers: create, start, run, exec, kill and delete.
 *
 *   read     the OCI runtime-spec's runtime.md, "Lifecycle" and "Operations"
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/files.h"
#include "base/list.h"
#include "base/text.h"
#include "bricks/cgroup.h"
#include "bricks/hooks.h"
#include "life/container.h"
#include "life/control.h"
#include "life/gate.h"
#include "life/store.h"
#include "oci/config.h"
#include "oci/oci.h"

static int check_id(char **words, struct error *e)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+.-";
	const char *id = words[0] ? words[0] : "";

	if (!*id)
		return fail(e, "an ID is missing");
	if (strspn(id, letters) != strlen(id) || strlen(id) > NAME_MAX || *id == '.')
		return fail(e, "invalid ID \"%s\"; use 1 to %d letters, digits, _, +, - and ., not beginning with a dot", id, NAME_MAX);
	return 0;
}

/* What the command line says beside the config. */
static int fill_engine(struct spec *s, const struct request *r, struct error *e)
{
	const char *listen = getenv("LISTEN_FDS");
	uint64_t preserved = 0;

	if (*e->text)	/* it was no error, so it is what the file has and box leaves out */
		r->report(r, "warning", e);
	if (r->preserved && parse_number(r->preserved, 0, INT_MAX, &preserved, e) == -1)
		return wrap(e, "--preserve-fds");
	s->engine.owns = true;
	s->own.interactive = true;
	s->engine.pid_file = r->pid_file;
	s->engine.console = r->console;
	s->engine.keeps_keyring = r->no_new_keyring;
	s->engine.preserved = preserved + (listen ? atoi(listen) : 0);
	if (r->console && !s->process.terminal)
		return fail(e, "--console-socket is for a process with a terminal; set process.terminal, or omit the option");
	if (r->detach && !r->console && s->process.terminal)
		return fail(e, "process.terminal needs --console-socket: with --detach, nobody would hold the terminal");
	return 0;
}

/* The sockets that systemd has given to the engine are for the container's PID 1: sd_listen_fds(3). */
static void hand_on_sockets(struct spec *s)
{
	const char *count = getenv("LISTEN_FDS");

	if (!count)
		return;
	s->process.env = put_variable(s->process.env, formatted("LISTEN_FDS=%s", count));
	s->process.env = put_variable(s->process.env, formatted("LISTEN_PID=1"));
}

/* The root cgroup, and one that ".." leads to, have processes that are not the container's, and would end with it. */
static bool leads_down(const char *path)
{
	const char *name = path + strspn(path, "/");

	if (!*name || strlen(path) >= PATH_MAX / 4)
		return false;
	while (*name) {
		const size_t length = strcspn(name, "/");
		const bool dots = length <= 2 && strspn(name, ".") == length;

		if (dots || length > NAME_MAX)
			return false;
		name += length + strspn(name + length, "/");
	}
	return true;
}

/* systemd has names of its own. */
static int check_cgroup(const struct spec *s, struct error *e)
{
	const char *path = s->engine.cgroup;

	if (!path || s->engine.systemd || leads_down(path))
		return 0;
	return fail(e, "config.json: .linux.cgroupsPath: \"%s\" is not below the root cgroup; use a path without \"..\", and names of at most %d bytes",
		    path, NAME_MAX);
}

/* Without a path in config.json, a runtime chooses it: this is what others choose. Without limits, no cgroup is needed, and an ordinary
 * user can't load rules for devices. */
static void choose_cgroup(struct spec *s)
{
	const bool limited = s->resources.unified || (s->resources.devices && is_root());

	if (!s->engine.cgroup && limited)
		s->engine.cgroup = formatted(s->engine.systemd ? ":box:%s" : "/%s", s->id);
}

static int read_bundle(struct spec *s, const struct request *r, char **words, struct error *e)
{
	char *bundle = realpath(r->bundle ? r->bundle : ".", NULL);

	if (!bundle)
		return fail(e, "--bundle %s: %s", r->bundle, strerror(errno));
	s->id = words[0];
	s->engine.bundle = bundle;
	if (check_id(words, e) == -1 || config_read(bundle, s, e) == -1 || fill_engine(s, r, e) == -1)
		return -1;
	hand_on_sockets(s);
	s->engine.systemd = r->systemd || r->manager == SYSTEMD;
	if (r->manager == DISABLED) {
		s->engine.cgroup = NULL;
		s->resources.unified = NULL;
	} else {
		choose_cgroup(s);
	}
	return check_cgroup(s, e);
}

/* The runtime-spec wants the container, and the hooks after it, to go on even if a poststart or poststop hook fails: that is worth a warning. */
static void run_late(const struct spec *s, enum hooks point, const char *status, pid_t pid)
{
	struct error e = { 0 };

	for (const struct hook *h = s->engine.hooks[point]; h && h->path; h++)
		if (hook_run(s, point, h, status, pid, &e) == -1)
			fprintf(stderr, "box: warning: %s\n", e.text);
}

/* The runtime-spec wants the hooks for the end of a container that has begun to exist, even if it can't be created. */
static int begin(struct container *c, const struct spec *s, struct error *e)
{
	bool began;

	if (container_create(c, s) == 0 && container_start(c) == 0)
		return 0;
	*e = c->error;
	began = c->pidfd >= 0;
	container_delete(c);
	if (began)
		run_late(s, POSTSTOP, "stopped", 0);
	return -1;
}

int oci_create(const struct request *r, char **words, struct error *e)
{
	struct spec s = { 0 };
	struct container c;

	if (read_bundle(&s, r, words, e) == -1)
		return -1;
	if (s.process.terminal && !r->console)
		return fail(e, "process.terminal needs --console-socket: after create, nobody would hold the terminal");
	return begin(&c, &s, e);
}

/* What hooks need of a container that exists. */
static int recall(const struct state *state, struct spec *s, struct error *e)
{
	const json_t *json = state->json;
	const char *hooks = json_string_value(json_object_get(json_object_get(json, "box"), "hooks"));

	s->id = state->id;
	s->engine.bundle = record_text(json_object_get(json, "bundle"));
	s->engine.annotations = json_dumps(json_object_get(json, "annotations"), 0);
	return hooks ? hooks_read(hooks, s, e) : 0;
}

int oci_start(const struct request *r UNUSED, char **words, struct error *e)
{
	struct state state = { .pidfd = -1 };
	struct spec s = { 0 };
	CLOSED int directory = -1;

	if (check_id(words, e) == -1 || store_get(words[0], &state, e) == -1 || recall(&state, &s, e) == -1)
		return -1;
	if (state.pidfd < 0)
		return fail_as(e, NOT_RUNNING, "%s has ended; only a created container can be started", state.id);
	directory = store_directory(&state);
	if (gate_open(directory, state.id, e) == -1)
		return -1;
	run_late(&s, POSTSTART, "running", state.pid);
	return 0;
}

/* create, start, wait and delete: with --detach, the first two; with --keep, not the last. */
int oci_run(const struct request *r, char **words, struct error *e)
{
	struct spec s = { 0 };
	struct container c;
	int status;

	if (read_bundle(&s, r, words, e) == -1 || begin(&c, &s, e) == -1)
		return -1;
	if (gate_open(c.directory, c.id, e) == -1) {
		container_delete(&c);
		return -1;
	}
	run_late(&s, POSTSTART, "running", c.pid);
	if (r->detach)
		return 0;
	status = container_wait(&c);
	if (r->keep)
		return status;
	container_delete(&c);
	run_late(&s, POSTSTOP, "stopped", 0);
	return status;
}

/* Without --process, COMMAND runs as the container's own process: with its user, its environment and its rights. */
static int like_the_first(struct spec *s, const struct state *state, char **command, struct error *e)
{
	struct spec whole = { 0 };
	const char *bundle = record_text(json_object_get(state->json, "bundle"));

	if (!*command)
		return fail(e, "exec needs --process FILE, or a command");
	if (config_read(bundle, &whole, e) == -1)
		return wrap(e, "without --process, exec reads the container's config.json");
	s->process = whole.process;
	s->process.args = command;
	s->process.terminal = false;
	return 0;
}

int oci_exec(const struct request *r, char **words, struct error *e)
{
	struct spec s = { 0 };
	struct state state = { .pidfd = -1 };
	int status;

	if (check_id(words, e) == -1 || store_get(words[0], &state, e) == -1)
		return -1;
	s.process.capabilities = record_capabilities(&state);	/* unless the file has some */
	s.engine.keeps_groups = keeps_groups(json_object_get(state.json, "annotations"));
	status = r->process ? process_read(r->process, &s, e) : like_the_first(&s, &state, words + 1, e);
	if (status == -1)
		return -1;
	s.process.terminal |= r->terminal;
	s.own.detach = r->detach;
	if (fill_engine(&s, r, e) == -1)
		return -1;
	record_spec(&state, &s);
	status = container_exec(&s, &state, e);
	record_free(&state);
	return status;
}

int oci_kill(const struct request *r, char **words, struct error *e)
{
	const char *word = words[0] ? words[1] : NULL;
	struct state state = { .pidfd = -1 };
	int number = SIGTERM;

	if (word && strcmp(word, "0") == 0)	/* kill(2): nothing is sent; is there a process? */
		number = 0;
	else if (word && parse_signal(word, &number, e) == -1)
		return -1;
	if (check_id(words, e) == -1 || store_get(words[0], &state, e) == -1)
		return -1;
	if (r->all && *record_cgroup(&state))
		return cgroup_signal(record_cgroup(&state), number, e);
	if (state.pidfd < 0)
		return fail_as(e, NOT_RUNNING, "%s has ended", state.id);
	return container_signal(&state, number, e);
}

/* An engine deletes twice, to be sure: the second time, with --force, there is nothing to say. */
int oci_delete(const struct request *r, char **words, struct error *e)
{
	struct state state = { .pidfd = -1 };
	struct spec s = { 0 };
	CLOSED int directory = -1;

	if (check_id(words, e) == -1)
		return -1;
	if (store_get(words[0], &state, e) == -1) {
		if (!r->force || e->kind != NO_CONTAINER)
			return -1;
		store_remove_unfinished(words[0]);
		if (store_get(words[0], &state, e) == -1)
			return 0;	/* otherwise, create has recorded it meanwhile */
	}
	directory = store_directory(&state);
	if (state.pidfd >= 0 && !r->force && !gate_is_shut(directory))
		return fail(e, "%s is running; kill ends it, and delete --force kills and removes it", state.id);
	if (recall(&state, &s, e) == -1 || container_remove(&state, e) == -1)
		return -1;
	run_late(&s, POSTSTOP, "stopped", 0);
	return 0;
}
