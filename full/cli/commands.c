/*
 * commands.c - the commands for existing containers: logs, kill, wait, stop, pause, unpause, rename, rm.
 *
 * Each begins with a sweep of ROOT, so that you never see what a killed box has left behind. A PID is looked up once, and
 * becomes a descriptor (pidfd_open(2)), because the kernel may give the number to another process a moment later. To wait for
 * a container's end, wait for that descriptor, and then for the lock on ROOT/ID: the container's box holds the lock until it
 * has cleaned up and written the record.
 *
 *   see      box run -d --name a ROOTFS sleep 1000; box ps; box stop --time 1 a; box ps; box rm a
 *   read     pidfd_open(2), pidfd_container_signal(2), flock(2), inotify(7); cgroup-v2.rst on cgroup.freeze
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/times.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/files.h"
#include "base/parse.h"
#include "bricks/cgroup.h"
#include "cli/cli.h"
#include "life/container.h"
#include "life/control.h"
#include "life/store.h"

/* ---- logs ----------------------------------------------------------------------------------------- */

int one_id(char **words, struct error *e, const char *usage)
{
	return words[0] && !words[1] ? 0 : fail(e, "usage: box %s", usage);
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
		if (write_text(STDOUT_FILENO, text, length) == -1)
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
	CLOSED int directory = store_directory(s), log = open_log(directory, "log"), old = -1;

	if (log == -1 && errno == ENOENT)
		log = open_log(directory, "log.1");	/* box has renamed it just now, and not yet created a new one */
	if (log == -1 && errno == ENOENT)
		return fail(e, "%s has no log; only a container that runs with -d has one", s->id);
	if (log == -1)
		return fail_call(e, "read the log", "open(\"%s/%s/log\")", s->root, s->id);
	old = open_log(directory, "log.1");
	if (old >= 0 && !is_same(log, old) && print_rest(old, e) == -1)
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

/* ---- kill, wait, stop, pause, rename and rm ------------------------------------------------------ */

typedef int finder(const char *word, struct state *s, struct error *e);

/* The same as find_running(), with FIND, and whether or not they run. */
static int find_all(char **words, finder *find, struct state **all, struct error *e)
{
	int count = 0;

	while (words[count])
		count++;
	if (!count || !(*all = calloc(count, sizeof **all))) {
		fail(e, "missing argument ID; box ps lists the containers");
		return -1;	/* a plain -1: gcc -fanalyzer does not know what fail() returns */
	}
	for (int i = 0; i < count; i++)
		if (find(words[i], &(*all)[i], e) == -1)
			return -1;
	return count;
}

int find_running(char **words, struct state **all, struct error *e)
{
	const int count = find_all(words, store_find, all, e);

	for (int i = 0; i < count; i++)
		if ((*all)[i].pidfd < 0)
			return fail_as(e, NOT_RUNNING, "%s is not running; box ps lists the running containers", (*all)[i].id);
	return count;
}

const struct option kill_options[] = {
	{ "signal", 's', "SIGNAL", "signal to send: a name or a number (default: KILL)", take_signal, 0, NULL, 0 },
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
		if (container_signal(&all[i], number, e) == -1)
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
		return fail(e, "%s has ended without a record of its status: it ran in the foreground or with --rm, or its box was killed",
			    s->id);
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

struct ending { uint64_t patience; int signal; };

const struct option stop_options[] = {
	{ "time", 't', "S", "seconds to wait before killing the container (default: 10)", take_time, offsetof(struct ending, patience), NULL, 0 },
	{ "signal", 's', "SIGNAL", "signal to send first (default: the container's, see box run --stop-signal)", take_signal, offsetof(struct ending, signal), NULL, 0 },
	{ 0 }
};

/* All containers get the same S seconds together. A PID 1 without a handler for SIGTERM does not receive it. */
int command_stop(char **words, struct error *e)
{
	struct state *all FREED = NULL;
	struct ending wish = { 10, 0 };
	clock_t deadline;	/* in hundredths of a second: times(2) */
	int count;

	if (!(words = read_between(stop_options, &wish, words, e)) || (count = find_all(words, store_find, &all, e)) == -1)
		return -1;
	deadline = times(NULL) + wish.patience * 100;
	for (int i = 0; i < count; i++)
		if (all[i].pidfd >= 0 && container_signal(&all[i], wish.signal ? wish.signal : record_stop_signal(&all[i]), e) == -1)
			return -1;
	for (int i = 0; i < count; i++) {
		struct pollfd end = { .fd = all[i].pidfd, .events = POLLIN };
		const clock_t left = deadline - times(NULL);
		const bool late = end.fd >= 0 && poll(&end, 1, left > 0 ? left * 10 : 0) == 0;

		if (late && container_signal(&all[i], SIGKILL, e) == -1)
			return -1;
		close(store_lock(&all[i], 0));
	}
	return 0;
}

static int pause_all(char **words, bool paused, struct error *e)
{
	struct state *all FREED = NULL;
	int count = find_running(words, &all, e);

	for (int i = 0; i < count; i++) {
		if (!*record_cgroup(&all[i]))
			return fail(e, "%s has no cgroup, so box can't pause it; it gets one where cgroup2 is mounted, and box may write to it",
				    all[i].id);
		if (all[i].paused == paused)
			return fail(e, paused ? "%s is paused already" : "%s is not paused; box ps shows which containers are", all[i].id);
	}
	for (int i = 0; i < count; i++)
		if (container_pause(&all[i], paused, e) == -1)
			return -1;
	return count == -1 ? -1 : 0;
}

int command_pause(char **words, struct error *e)
{
	return pause_all(words, true, e);
}

int command_unpause(char **words, struct error *e)
{
	return pause_all(words, false, e);
}

/* The box that waits for a running container, its cgroup, and the register of addresses and ports refer to it by its name. */
int command_rename(char **words, struct error *e)
{
	struct state s;
	int result;

	if (!words[0] || !words[1] || words[2])
		return fail(e, "usage: box rename ID NAME");
	if (parse_name(words[1], e) == -1 || store_find(words[0], &s, e) == -1)
		return -1;
	result = s.pidfd < 0 ? store_rename(&s, words[1], e) :
		 fail(e, "%s is running, and its cgroup and its network have its name; first end it: box stop %s", s.id, s.id);
	record_free(&s);
	return result;
}

const struct option rm_options[] = {
	{ "force", 'f', NULL, "kill the container first, if it is running", take_flag, 0, NULL, 0 },
	{ "volumes", 'v', NULL, "box keeps no volumes, so there are none to remove; omit it", take_never, 0, NULL, 0 },
	{ 0 }
};

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
		if (container_remove(&all[i], e) == -1)
			return -1;
	}
	return 0;
}
