/*
 * record.c - ROOT/ID/state.json: a container's state in the format of the OCI runtime-spec and, under "box", what exec and
 * inspect need of its spec.
 *
 * Only the owner can read it, because the variables may contain passwords. The record has the inode number of its directory: a
 * copy of the directory, such as a backup, contains a copy of the record, which must not count as the container's.
 *
 *   see      box inspect ID
 *   read     the OCI runtime-spec's runtime.md; RFC 8259; fallocate(2)
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/files.h"
#include "base/list.h"
#include "base/parse.h"
#include "base/say.h"
#include "base/wait.h"
#include "bricks/brick.h"
#include "bricks/cgroup.h"
#include "life/record.h"

#define PERCENT "percent-encoded"	/* the key of a text that is not UTF-8 */

/* ---- Write --------------------------------------------------------------------------------------- */

static char *percent_encode(const char *text)
{
	char *all = malloc(3 * strlen(text) + 1), *end = all;

	if (!all)
		abort();
	for (; *text; text++)
		end += sprintf(end, *text >= ' ' && *text <= '~' && *text != '%' ? "%c" : "%%%02X", (unsigned char)*text);
	*end = '\0';
	return all;
}

/* A JSON string is Unicode, but an argument can be any bytes. If TEXT is not valid UTF-8, return an object with the text in
 * percent-encoding: RFC 3986, section 2.1. record_text() reads both. */
static json_t *text_json(const char *text)
{
	json_t *json = text ? json_string(text) : json_null();
	char *encoded FREED = json ? NULL : percent_encode(text);

	return json ? json : json_pack("{s:s}", PERCENT, encoded);
}

static json_t *words_json(char **words)
{
	json_t *list = json_array();

	for (; words && *words; words++)
		json_array_append_new(list, text_json(*words));
	return list;
}

static json_t *ports_json(const struct port *p)
{
	json_t *list = json_array();

	for (; p && p->container; p++)
		json_array_append_new(list, json_sprintf("%d:%d%s", p->host, p->container, p->udp ? "/udp" : ""));
	return list;
}

/* The cast keeps all 64 bits: a large number is stored as a negative one. */
static json_t *number_json(uint64_t number)
{
	return json_integer((json_int_t)number);
}

/* The words of --ulimit. */
static json_t *ulimits_json(const struct ulimit *u)
{
	json_t *list = json_array();

	for (; u && u->word; u++)
		json_array_append_new(list, text_json(u->word));
	return list;
}

/* The filter of a profile of the user's, who may change or remove the file. The others are part of box. */
static json_t *filter_json(const struct spec *s)
{
	json_t *list = json_array();
	uint64_t number;

	for (int i = 0; s->own.seccomp && i < s->filter.len; i++) {
		memcpy(&number, &s->filter.filter[i], sizeof number);
		json_array_append_new(list, number_json(number));
	}
	return list;
}

static uint64_t inode_of(int directory)
{
	struct stat it = { 0 };

	fstat(directory, &it);
	return it.st_ino;
}

/* What box exec needs to start a command as box run did, and what the user may want to see. */
static json_t *box_json(const struct container *c)
{
	const struct spec *s = c->spec;
	char address[INET_ADDRSTRLEN] = "", capabilities[20];
	json_t *box = json_object();

	if (c->address.s_addr)
		inet_ntop(AF_INET, &c->address, address, sizeof address);
	snprintf(capabilities, sizeof capabilities, "%016llx", (unsigned long long)s->process.capabilities.bounding);
	json_object_set_new(box, "directory", number_json(inode_of(c->directory)));
	json_object_set_new(box, "named", json_boolean(s->own.named));
	json_object_set_new(box, "rootfs", text_json(s->rootfs));
	json_object_set_new(box, "command", words_json(s->process.args));
	json_object_set_new(box, "environment", words_json(s->process.env));
	json_object_set_new(box, "workdir", text_json(s->process.cwd));
	json_object_set_new(box, "user", text_json(s->process.user));
	json_object_set_new(box, "groups", words_json(s->process.groups));
	json_object_set_new(box, "privileged", json_boolean(s->own.privileged));
	json_object_set_new(box, "apparmor", text_json(s->process.apparmor));
	json_object_set_new(box, "noNewPrivileges", json_boolean(s->process.no_new_privs));
	json_object_set_new(box, "stopSignal", json_integer(s->own.stop_signal));
	json_object_set_new(box, "capabilities", text_json(capabilities));
	json_object_set_new(box, "seccomp", text_json(s->own.seccomp));
	json_object_set_new(box, "filter", filter_json(s));
	json_object_set_new(box, "agent", text_json(s->engine.agent));
	json_object_set_new(box, "metadata", text_json(s->engine.metadata));
	json_object_set_new(box, "ulimits", ulimits_json(s->process.rlimits));
	json_object_set_new(box, "address", text_json(address));
	json_object_set_new(box, "ports", ports_json(s->own.ports));
	json_object_set_new(box, "cgroup", text_json(c->cgroup));
	json_object_set_new(box, "memory", number_json(s->resources.memory));
	json_object_set_new(box, "cpus", number_json(s->resources.cpus));
	json_object_set_new(box, "pids", number_json(s->resources.pids));
	json_object_set_new(box, "born", number_json(c->born));
	json_object_set_new(box, "userns", json_boolean(has_namespace(s, CLONE_NEWUSER)));
	json_object_set_new(box, "detach", json_boolean(s->own.detach));
	json_object_set_new(box, "without", words_json(s->own.without));
	json_object_set_new(box, "engine", json_boolean(s->engine.owns));
	json_object_set_new(box, "hooks", text_json(s->engine.hooks_text));
	return box;
}

/* Replace the record completely or not at all: rename(2) replaces the old file with the new one in one step. The new file may exist
 * already, with reserved space. */
static int replace_json(int directory, const json_t *json, struct error *e)
{
	char *text FREED = json_dumps(json, JSON_INDENT(2));
	const size_t length = strlen(text);
	CLOSED int fd = openat(directory, "state.json.new", O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd == -1 || write_text(fd, text, length) == -1 || ftruncate(fd, length) == -1 ||
	    renameat(directory, "state.json.new", directory, "state.json") == -1)
		return fail_call(e, "write the container's record", "write(\"state.json\")");
	return 0;
}

/* The container may fill the disk, so reserve now what record_end() will need: a file with room for the record. Not every file
 * system can do that: fallocate(2). */
static int reserve_end(int directory, struct error *e)
{
	enum { ROOM = 1024 };	/* for what record_end() adds */
	CLOSED int fd = openat(directory, "state.json.new", O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat now;

	if (fd == -1 || fstatat(directory, "state.json", &now, AT_SYMLINK_NOFOLLOW) == -1 ||
	    (fallocate(fd, 0, 0, now.st_size + ROOM) == -1 && errno != EOPNOTSUPP && errno != ENOSYS))
		return fail_call(e, "reserve space for the record of the container's end", "fallocate(\"state.json.new\")");
	return 0;
}

/* Return the start time of a process: field 22 of its stat file. The name in field 2 can contain blanks. proc(5) */
static unsigned long long birth(pid_t pid)
{
	char path[32], text[1024], *word;
	unsigned long long born = 0;

	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	if (get(AT_FDCWD, path, text, sizeof text) > 0 && (word = strrchr(text, ')')))
		sscanf(word, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu", &born);
	return born;
}

/* The time of now, as in docker: RFC 3339, in UTC. */
static json_t *now_json(void)
{
	char text[32];
	struct timespec now;
	struct tm utc;

	clock_gettime(CLOCK_REALTIME, &now);
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &utc));
	return json_sprintf("%s.%09ldZ", text, (long)now.tv_nsec);
}

int record_write(struct container *c)
{
	json_t *json = json_object();
	int result;

	c->born = birth(c->pid);
	json_object_set_new(json, "ociVersion", text_json("1.0.2"));
	json_object_set_new(json, "id", text_json(c->id));
	json_object_set_new(json, "status", text_json("running"));
	json_object_set_new(json, "pid", json_integer(c->pid));
	json_object_set_new(json, "bundle", text_json(c->spec->engine.bundle ? c->spec->engine.bundle : c->spec->rootfs));
	json_object_set_new(json, "annotations", json_loads(c->spec->engine.annotations ? c->spec->engine.annotations : "{}", 0, NULL));
	json_object_set_new(json, "created", json_integer(time(NULL)));
	json_object_set_new(json, "startedAt", now_json());
	json_object_set_new(json, "oomKilled", json_false());
	json_object_set_new(json, "box", box_json(c));
	result = replace_json(c->directory, json, &c->error);
	if (result == 0 && c->spec->own.detach && !c->spec->own.remove)
		result = reserve_end(c->directory, &c->error);
	json_decref(json);
	return result;
}

int record_end(struct container *c, int status)
{
	struct state s;
	int result;

	if (record_read(c->directory, &s) == -1)
		return fail_call(&c->error, "record how the container ended", "read(\"state.json\")");
	json_object_set_new(s.json, "status", text_json("stopped"));
	json_object_set_new(s.json, "pid", json_integer(0));
	json_object_set_new(s.json, "exit", json_integer(status));
	json_object_set_new(s.json, "ended", json_integer(time(NULL)));
	json_object_set_new(s.json, "finishedAt", now_json());
	json_object_set_new(s.json, "oomKilled", json_boolean(c->oom));
	result = replace_json(c->directory, s.json, &c->error);
	record_free(&s);
	return result;
}

int record_rename(int directory, const char *id, struct error *e)
{
	struct state s;
	int result;

	if (record_read(directory, &s) == -1)
		return fail_call(e, "record the new name", "read(\"state.json\")");
	json_object_set_new(s.json, "id", json_string(id));
	json_object_set_new(json_object_get(s.json, "box"), "named", json_true());
	result = replace_json(directory, s.json, e);
	record_free(&s);
	return result;
}

/* ---- Read ---------------------------------------------------------------------------------------- */

/* Another file with this name, such as a FIFO, must not block us. json_loadfd would read byte by byte. */
static json_t *load(int directory)
{
	const int fd = openat(directory, "state.json", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	FILE *file READ = fd == -1 ? NULL : fdopen(fd, "r");
	struct stat it;
	json_t *json;

	if (!file)
		return NULL;
	json = fstat(fd, &it) == 0 && S_ISREG(it.st_mode) ? json_loadf(file, 0, NULL) : NULL;
	if (!json)
		errno = EBADMSG;
	return json;
}

/* A limit, which box update may have changed: the first number in a FILE of the cgroup. If there is none, it is "max", which is news only
 * about a limit that was set. */
static void look_at_limit(const struct state *s, const char *key, int cgroup, const char *file)
{
	json_t *box = json_object_get(s->json, "box");
	uint64_t number = UINT64_MAX;
	char text[64];

	if (get(cgroup, file, text, sizeof text) <= 0)
		return;
	if (sscanf(text, "%" SCNu64, &number) == 1 || json_integer_value(json_object_get(box, key)))
		json_object_set_new(box, key, number_json(number));
}

/* What only the cgroup of a running container knows. */
static void look_at_cgroup(struct state *s)
{
	const char *path = record_cgroup(s);
	CLOSED int cgroup = *path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	s->paused = cgroup_frozen(cgroup);
	if (s->paused)
		json_object_set_new(s->json, "status", json_string("paused"));
	if (cgroup_oom(cgroup))
		json_object_set_new(s->json, "oomKilled", json_true());
	look_at_limit(s, "memory", cgroup, "memory.max");
	look_at_limit(s, "cpus", cgroup, "cpu.max");
	look_at_limit(s, "pids", cgroup, "pids.max");
}

int record_read(int directory, struct state *s)
{
	json_int_t created = 0, born = 0, inode = 0;
	int pid = 0, status = 0, named = 0, engines = 0;

	s->pidfd = -1;
	s->paused = false;
	if (!(s->json = load(directory)))
		return -1;
	if (json_unpack(s->json, "{s:s, s:i, s:I, s?i, s:{s:I, s?I, s?b, s?b}}", "id", &(const char *){ NULL }, "pid", &pid, "created", &created,
			"exit", &status, "box", "born", &born, "directory", &inode, "named", &named, "engine", &engines) == -1) {
		record_free(s);
		errno = EBADMSG;
		return -1;
	}
	s->born = born;
	s->created = created;
	s->status = status;
	s->named = named;
	s->engines = engines;
	s->pid = inode_of(directory) == (uint64_t)inode ? pid : 0;	/* in a copy, the PID is that of another container */
	if (s->pid > 0)
		s->pidfd = syscall(SYS_pidfd_open, s->pid, 0);
	/* Another process may have this PID by now. Check that once we have the descriptor, which always refers to the same one. */
	if (s->pidfd >= 0 && (birth(s->pid) != s->born || has_ended(s->pidfd)))
		close_it(&s->pidfd);
	if (s->pidfd >= 0)
		look_at_cgroup(s);
	return 0;
}

void record_free(struct state *s)
{
	json_decref(s->json);
	close_it(&s->pidfd);
	s->json = NULL;
}

char *record_text(const void *json)
{
	const char *plain = json_string_value(json), *encoded = json_string_value(json_object_get(json, PERCENT));
	char *text = encoded ? strdup(encoded) : NULL, *end = text;

	if (!text)
		return plain ? strdup(plain) : NULL;
	for (; *encoded; end++)
		if (*encoded == '%' && isxdigit(encoded[1]) && isxdigit(encoded[2])) {
			sscanf(encoded, "%%%2hhx", (unsigned char *)end);
			encoded += 3;
		} else {
			*end = *encoded++;
		}
	*end = '\0';
	return text;
}

static char *text_of(const json_t *object, const char *name)
{
	return record_text(json_object_get(object, name));
}

const char *record_cgroup(const struct state *s)
{
	const char *cgroup = json_string_value(json_object_get(json_object_get(s->json, "box"), "cgroup"));

	return cgroup ? cgroup : "";
}

int record_stop_signal(const struct state *s)
{
	const int number = json_integer_value(json_object_get(json_object_get(s->json, "box"), "stopSignal"));

	return number > 0 && number < NSIG ? number : SIGTERM;
}

static void read_ulimits(const json_t *list, struct process *p)
{
	struct error ignored = { 0 };
	struct ulimit one;

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *word = json_string_value(json_array_get(list, i));

		if (word && parse_ulimit(word, &one, &ignored) == 0)
			p->rlimits = append(p->rlimits, sizeof one, &one);
	}
}

static void read_filter(const json_t *list, struct spec *spec)
{
	const size_t length = json_array_size(list);

	if (!length || length > BPF_MAXINSNS || !(spec->filter.filter = calloc(length, sizeof *spec->filter.filter)))
		return;
	spec->filter.len = length;
	for (size_t i = 0; i < length; i++) {
		const uint64_t number = json_integer_value(json_array_get(list, i));

		memcpy(&spec->filter.filter[i], &number, sizeof number);
	}
}

static char **read_words(const json_t *list)
{
	char **words = NULL;

	for (size_t i = 0; i < json_array_size(list); i++) {
		char *word = record_text(json_array_get(list, i));

		if (word)
			words = append(words, sizeof word, &word);
	}
	return words;
}

/* What a command of box exec gets from box run's, unless it is said otherwise. */
static void inherit(const json_t *box, struct process *p)
{
	char **pairs = p->env;

	p->env = read_words(json_object_get(box, "environment"));
	for (; pairs && *pairs; pairs++)
		p->env = put_variable(p->env, *pairs);
	p->cwd = p->cwd ? p->cwd : text_of(box, "workdir");
	p->user = p->user ? p->user : text_of(box, "user");
	p->groups = read_words(json_object_get(box, "groups"));
	p->apparmor = text_of(box, "apparmor");
	p->no_new_privs = json_is_true(json_object_get(box, "noNewPrivileges"));
	read_ulimits(json_object_get(box, "ulimits"), p);
}

/* What its agent gets to know of the container. */
static void read_agent(const struct state *s, struct spec *spec)
{
	const json_t *box = json_object_get(s->json, "box");

	spec->id = s->id;
	spec->engine.bundle = text_of(s->json, "bundle");
	spec->engine.annotations = json_dumps(json_object_get(s->json, "annotations"), 0);
	spec->engine.agent = text_of(box, "agent");
	spec->engine.metadata = text_of(box, "metadata");
	spec->engine.first = s->pid;
}

struct capabilities record_capabilities(const struct state *s)
{
	const char *text = json_string_value(json_object_get(json_object_get(s->json, "box"), "capabilities"));
	const uint64_t set = text ? strtoull(text, NULL, 16) : 0;

	return (struct capabilities){ .bounding = set, .effective = set, .permitted = set };
}

void record_spec(const struct state *s, struct spec *spec)
{
	const json_t *box = json_object_get(s->json, "box");

	if (!spec->engine.owns) {
		inherit(box, &spec->process);
		spec->process.capabilities = record_capabilities(s);
	}
	spec->own.seccomp = text_of(box, "seccomp");
	read_filter(json_object_get(box, "filter"), spec);
	if (json_is_string(json_object_get(box, "agent")))
		read_agent(s, spec);
	spec->own.privileged = json_is_true(json_object_get(box, "privileged"));
	if (json_is_true(json_object_get(box, "userns")))
		spec->namespaces = append(spec->namespaces, sizeof *spec->namespaces, &(struct namespace){ CLONE_NEWUSER, NULL });
	spec->own.without = read_words(json_object_get(box, "without"));
}
