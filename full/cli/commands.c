/*
 * commands.c - the commands for existing containers: ps, inspect, logs, kill, wait, stop, rm.
 *
 * Each begins with a sweep of ROOT, so that you never see what a killed box has left behind. A PID is looked up once, and
 * becomes a descriptor (pidfd_open(2)), because the kernel may give the number to another process a moment later. To wait for
 * a container's end, wait for that descriptor, and then for the lock on ROOT/ID: the container's box holds the lock until it
 * has cleaned up and written the record.
 *
 *   see      box run -d --name a ROOTFS sleep 1000; box ps; box stop --time 1 a; box ps; box rm a
 *   read     pidfd_open(2), pidfd_send_signal(2), flock(2), inotify(7)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/files.h"
#include "base/parse.h"
#include "cli/cli.h"
#include "life/container.h"
#include "life/store.h"

/* ---- ps ------------------------------------------------------------------------------------------ */

enum { ID, COMMAND, STATUS, CREATED, ADDRESS, PORTS, COLUMNS };
enum { PAGE = 80, LEAST = 12 };

struct row { char cell[COLUMNS][256]; };

const struct option ps_options[] = {
	{ "format", 0, "table|json", "a table for people, or JSON for programs", take_choice, 0, NULL, 0 },
	{ 0 }
};

static void print_json(const json_t *json)
{
	json_dumpf(json, stdout, JSON_INDENT(2));
	putchar('\n');
}

static void age(long long created, char *text, size_t size)
{
	static const struct { long long seconds; const char *name; } units[] = {
		{ 86400, "days" }, { 3600, "h" }, { 60, "min" }, { 1, "s" },
	};
	long long seconds = time(NULL) - created;
	size_t i = 0;

	if (seconds < 0)	/* somebody has set the clock back */
		seconds = 0;
	while (i < 3 && seconds < 2 * units[i].seconds)
		i++;
	snprintf(text, size, "%lld %s ago", seconds / units[i].seconds, units[i].name);
}

/* Replace control characters, which could move the cursor, and bytes that are not UTF-8, by "?". */
static void make_printable(char *text)
{
	json_t *valid = json_string(text);

	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 127 || (!valid && *text & 0x80))
			*text = '?';
	json_decref(valid);
}

/* Join the strings of a list into one line. */
static void join_words(const json_t *list, char *text, size_t size)
{
	size_t length = 0;

	for (size_t i = 0; i < json_array_size(list) && length < size; i++) {
		char *word FREED = record_text(json_array_get(list, i));

		if (word)
			make_printable(word);
		length += snprintf(text + length, size - length, "%s%s", i ? " " : "", word ? word : "?");
	}
}

static void fill_row(struct row *r, const struct state *s)
{
	const json_t *box = json_object_get(s->json, "box");
	const char *address = json_string_value(json_object_get(box, "address"));

	snprintf(r->cell[ID], sizeof *r->cell, "%s", s->id);
	join_words(json_object_get(box, "command"), r->cell[COMMAND], sizeof *r->cell);
	snprintf(r->cell[STATUS], sizeof *r->cell, s->pid ? "running" : "exited (%d)", s->status);
	age(s->created, r->cell[CREATED], sizeof *r->cell);
	snprintf(r->cell[ADDRESS], sizeof *r->cell, "%s", s->pid && address ? address : "");
	join_words(json_object_get(box, "ports"), r->cell[PORTS], sizeof *r->cell);
}

/* If a line would be longer than PAGE, the command is shortened. */
static void print_table(const struct row *rows, int count)
{
	int width[COLUMNS] = { 0 }, total = -2;

	for (int i = 0; i < count; i++)
		for (int k = 0; k < COLUMNS; k++)
			if ((int)strlen(rows[i].cell[k]) > width[k])
				width[k] = strlen(rows[i].cell[k]);
	for (int k = 0; k < COLUMNS; k++)
		total += width[k] + 2;
	if (total > PAGE)
		width[COMMAND] = width[COMMAND] - (total - PAGE) > LEAST ? width[COMMAND] - (total - PAGE) : LEAST;
	for (int i = 0; i < count; i++) {
		char line[COLUMNS * 258];
		int length = 0;

		for (int k = 0; k < COLUMNS; k++) {
			const char *cell = rows[i].cell[k];

			if ((int)strlen(cell) > width[k])
				length += sprintf(line + length, "%.*s...  ", width[k] - 3, cell);
			else
				length += sprintf(line + length, "%-*s  ", width[k], cell);
		}
		while (line[length - 1] == ' ')
			length--;
		printf("%.*s\n", length, line);
	}
}

int command_ps(char **words, struct error *e)
{
	static const struct row head = { { "ID", "COMMAND", "STATUS", "CREATED", "ADDRESS", "PORTS" } };
	struct state *all FREED = NULL;
	struct row *rows FREED = NULL;
	json_t *list = json_array();
	int json = 0, count;

	if (!(words = read_options(ps_options, &json, words, e)))
		return -1;
	if (*words)
		return fail(e, "unexpected argument \"%s\"; usage: box ps [--format json]", *words);
	if ((count = store_list(&all, true, e)) == -1 || !(rows = calloc(count + 1, sizeof *rows)))
		return -1;
	*rows = head;
	for (int i = 0; i < count; i++) {
		fill_row(&rows[i + 1], &all[i]);
		json_array_append(list, all[i].json);
		record_free(&all[i]);
	}
	if (json)
		print_json(list);
	else
		print_table(rows, count + 1);
	json_decref(list);
	return 0;
}

/* ---- inspect and logs ---------------------------------------------------------------------------- */

static int one_id(char **words, struct error *e, const char *usage)
{
	return words[0] && !words[1] ? 0 : fail(e, "usage: box %s", usage);
}

int command_inspect(char **words, struct error *e)
{
	struct state s;

	if (one_id(words, e, "inspect ID") == -1 || store_find(*words, &s, e) == -1)
		return -1;
	print_json(s.json);
	record_free(&s);
	return 0;
}

const struct option logs_options[] = {
	{ "follow", 'f', NULL, "print new output until the container ends", take_flag, 0, NULL, 0 },
	{ 0 }
};

/* Print what has been added to the log. */
static int print_rest(int log, struct error *e)
{
	char text[8192];
	ssize_t length;

	while ((length = read(log, text, sizeof text)) > 0)
		for (ssize_t done = 0, part; done < length; done += part)
			if ((part = write(STDOUT_FILENO, text + done, length - done)) == -1)
				return fail_call(e, "print the log", "write(1)");
	return length;
}

static int open_log(int directory, const char *name)
{
	return openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
}

/* When the log has reached its size, box renames it, and begins a new one: print the rest of the old one, and go on with the new one. */
static int print_on(int directory, int log, struct error *e)
{
	CLOSED int new = open_log(directory, "log");

	if (print_rest(log, e) == -1)
		return -1;
	if (new == -1 || is_same(log, new))
		return 0;
	if (print_rest(log, e) == -1)	/* box has written to it until it created the new one */
		return -1;
	dup3(new, log, O_CLOEXEC);
	return print_rest(log, e);
}

/* After the container has ended, its box may still write to the log; it holds the lock until then. We watch the directory: the log can
 * become another file. */
static int follow(const struct state *s, int directory, int log, struct error *e)
{
	CLOSED int changes = inotify_init1(IN_CLOEXEC);
	struct pollfd at[] = { { .fd = changes, .events = POLLIN }, { .fd = s->pidfd, .events = POLLIN } };
	char events[4096], path[PATH_MAX + NAME_MAX + 2];

	snprintf(path, sizeof path, "%s/%s", s->root, s->id);
	if (inotify_add_watch(changes, path, IN_MODIFY | IN_CREATE) == -1)
		return fail_call(e, "watch the log", "inotify_add_watch(\"%s\", IN_MODIFY | IN_CREATE)", path);
	while (s->pidfd >= 0 && !at[1].revents) {
		if (print_on(directory, log, e) == -1)
			return -1;
		if (poll(at, 2, -1) > 0 && at[0].revents && read(changes, events, sizeof events) == -1)
			return fail_call(e, "watch the log", "read(inotify)");
	}
	close(store_lock(s, 0));
	return print_on(directory, log, e);
}

/* Print the old log, if there is one, and the new one. */
static int print_logs(const struct state *s, bool on, struct error *e)
{
	CLOSED int directory = store_directory(s), log = open_log(directory, "log"), old = open_log(directory, "log.1");

	if (log == -1)
		return errno != ENOENT ? fail_call(e, "read the log", "open(\"%s/%s/log\")", s->root, s->id) :
		       fail(e, "%s has no log; only a container that runs with -d has one", s->id);
	if (is_same(log, old)) {	/* it has become the old one just now */
		close(log);
		log = open_log(directory, "log");
	}
	if (old >= 0 && print_rest(old, e) == -1)
		return -1;
	return on ? follow(s, directory, log, e) : print_rest(log, e);
}

int command_logs(char **words, struct error *e)
{
	bool on = false;
	struct state s;
	int result;

	if (!(words = read_between(logs_options, &on, words, e)) || one_id(words, e, "logs [--follow] ID") == -1 ||
	    store_find(*words, &s, e) == -1)
		return -1;
	result = print_logs(&s, on, e);
	record_free(&s);
	return result;
}

/* ---- kill, wait, stop and rm --------------------------------------------------------------------- */

static int send_signal(const struct state *s, int number, struct error *e)
{
	if (syscall(SYS_pidfd_send_signal, s->pidfd, number, NULL, 0) == -1 && errno != ESRCH)	/* ESRCH: it has ended by itself */
		return fail_call(e, "send the signal", "pidfd_send_signal(%s, %d)", s->id, number);
	return 0;
}

/* Look up all IDs with FIND, into an array *ALL, which the caller frees. Returns their number, or -1 if one is not found. */
static int find_all(char **words, int (*find)(const char *, struct state *, struct error *), struct state **all, struct error *e)
{
	int count = 0;

	while (words[count])
		count++;
	if (!count || !(*all = calloc(count, sizeof **all))) {
		fail(e, "missing argument ID; box ps lists the containers");
		return -1;
	}
	for (int i = 0; i < count; i++)
		if (find(words[i], &(*all)[i], e) == -1)
			return -1;
	return count;
}

/* The same, if all of them are running. */
static int find_running(char **words, struct state **all, struct error *e)
{
	const int count = find_all(words, store_find, all, e);

	for (int i = 0; i < count; i++)
		if ((*all)[i].pidfd < 0)
			return fail(e, "%s is not running; box ps lists the running containers", (*all)[i].id);
	return count;
}

static int take_signal(void *into, const struct option *o, const char *word, struct error *e)
{
	return parse_signal(word, into, e) == -1 ? wrap(e, "--%s", o->name) : 0;
}

const struct option kill_options[] = {
	{ "signal", 's', "SIGNAL", "signal to send: a name or a number (KILL)", take_signal, 0, NULL, 0 },
	{ 0 }
};

/* kill ID SIGNAL is another way to write kill --signal SIGNAL ID: the second of two arguments is a signal if it has the name or the
 * number of one. */
int command_kill(char **words, struct error *e)
{
	struct state *all FREED = NULL;
	struct error ignored = { 0 };
	int number = 0, count;

	if (!(words = read_between(kill_options, &number, words, e)))
		return -1;
	if (!number && words[0] && words[1] && !words[2] && parse_signal(words[1], &number, &ignored) == 0)
		words[1] = NULL;
	if ((count = find_running(words, &all, e)) == -1)
		return -1;
	if (!number)
		number = SIGKILL;
	for (int i = 0; i < count; i++)
		if (send_signal(&all[i], number, e) == -1)
			return -1;
	for (int i = 0; i < count && number == SIGKILL; i++)
		close(store_lock(&all[i], 0));
	return 0;
}

/* The container's box records the status before it releases the lock. */
static int print_end(const struct state *s, struct error *e)
{
	CLOSED int directory = store_lock(s, 0);
	struct state end;

	if (directory == -1 || record_read(directory, &end) == -1 || end.pid)
		return fail(e, "%s has ended without a record of its status: it ran in the foreground or with --rm, or its box was killed", s->id);
	printf("%d\n", end.status);
	fflush(stdout);
	record_free(&end);
	return 0;
}

int command_wait(char **words, struct error *e)
{
	struct state *all FREED = NULL;
	int count = find_all(words, store_find, &all, e);

	for (int i = 0; i < count; i++)
		if (print_end(&all[i], e) == -1)
			return -1;
	return count == -1 ? -1 : 0;
}

static int take_time(void *into, const struct option *o, const char *word, struct error *e)
{
	return parse_number(word, 0, 1000000, into, e) == -1 ? wrap(e, "--%s", o->name) : 0;
}

const struct option stop_options[] = {
	{ "time", 't', "S", "seconds to wait before killing the container (10)", take_time, 0, NULL, 0 },
	{ 0 }
};

/* All containers get the same S seconds together. A PID 1 without a handler for SIGTERM does not receive it. */
int command_stop(char **words, struct error *e)
{
	struct state *all FREED = NULL;
	uint64_t patience = 10;
	clock_t deadline;	/* in hundredths of a second: times(2) */
	int count;

	if (!(words = read_between(stop_options, &patience, words, e)) || (count = find_all(words, store_find, &all, e)) == -1)
		return -1;
	deadline = times(NULL) + patience * 100;
	for (int i = 0; i < count; i++)
		if (all[i].pidfd >= 0 && send_signal(&all[i], SIGTERM, e) == -1)
			return -1;
	for (int i = 0; i < count; i++) {
		struct pollfd end = { .fd = all[i].pidfd, .events = POLLIN };
		clock_t left = deadline - times(NULL);

		if (end.fd >= 0 && poll(&end, 1, left > 0 ? left * 10 : 0) == 0 && send_signal(&all[i], SIGKILL, e) == -1)
			return -1;
		close(store_lock(&all[i], 0));
	}
	return 0;
}

const struct option rm_options[] = {
	{ "force", 'f', NULL, "kill the container first, if it is running", take_flag, 0, NULL, 0 },
	{ 0 }
};

/* Only the process that holds the lock, and finds the directory still there, removes it. If the record can't be read, nobody
 * knows the PID. Then the box that waits for the container has to end first. */
static int remove_one(const struct state *s, struct error *e)
{
	struct container c = container_of(NULL);

	if (s->pidfd >= 0 && send_signal(s, SIGKILL, e) == -1)
		return -1;
	strcpy(c.id, s->id);
	strcpy(c.root, s->root);
	c.directory = store_lock(s, s->json ? 0 : LOCK_NB);
	if (c.directory == -1 && errno == EWOULDBLOCK)
		return fail(e, "cannot read the record of %s, which is running; first end the box that waits for it (fuser %s/%s prints its PID)",
			    s->id, s->root, s->id);
	container_delete(&c);
	return 0;
}

int command_rm(char **words, struct error *e)
{
	struct state *all FREED = NULL;
	bool force = false;
	int count;

	if (!(words = read_between(rm_options, &force, words, e)) ||
	    (count = find_all(words, force ? store_find_damaged : store_find, &all, e)) == -1)
		return -1;
	for (int i = 0; i < count; i++) {
		const char *id = all[i].id;

		if (all[i].pidfd >= 0 && !force)
			return fail(e, "%s is running; box stop %s ends it, and box rm --force %s kills and removes it", id, id, id);
		if (remove_one(&all[i], e) == -1)
			return -1;
	}
	return 0;
}
