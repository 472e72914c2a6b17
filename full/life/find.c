/*
 * find.c - which containers there are, and which one a word means.
 *
 *   see      box ps -a; box inspect with the beginning of an ID
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "life/store.h"

static int read_one(int store, const char *root, const char *id, struct state *s)
{
	CLOSED int directory = open_ours(store, id);

	*s = (struct state){ .pidfd = -1 };
	snprintf(s->id, sizeof s->id, "%s", id);
	snprintf(s->root, sizeof s->root, "%s", root);
	return directory == -1 ? -1 : record_read(directory, s);
}

/* Find the generated IDs that begin with WORD. Returns their number; ID is one of them. */
static int count_beginnings(int store, const char *root, const char *word, char id[NAME_MAX + 1])
{
	DIR *all LISTED = fdopendir(openat(store, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *entry;
	struct state s;
	int found = 0;

	while (all && (entry = readdir(all))) {
		if (strncmp(entry->d_name, word, strlen(word)) != 0 || read_one(store, root, entry->d_name, &s) == -1)
			continue;
		if (!s.named) {	/* a --name can look like a generated ID */
			strcpy(id, entry->d_name);
			found++;
		}
		record_free(&s);
	}
	return found;
}

/* Find the ID that WORD means: a container with exactly this ID, or else the only generated ID that begins with WORD. */
static int find_id(int store, const char *root, const char *word, char id[NAME_MAX + 1], struct error *e)
{
	CLOSED int directory = -1;
	int found;

	if (!*word || *word == '.' || strchr(word, '/') || strlen(word) > NAME_MAX)
		return fail_as(e, NO_CONTAINER, "there is no container %s; box ps lists the containers", word);
	directory = open_ours(store, word);
	if (directory >= 0) {
		strcpy(id, word);
		return 0;
	}
	if (errno == EPERM)
		return fail(e, "%s/%s is not a container: box did not create this directory, and does not change it", root, word);
	found = count_beginnings(store, root, word, id);
	if (found > 1)
		return fail(e, "%s is the beginning of %d IDs; type more characters (box ps lists them)", word, found);
	return found == 1 ? 0 : fail_as(e, NO_CONTAINER, "there is no container %s; box ps lists the containers", word);
}

int store_find_damaged(const char *word, struct state *s, struct error *e)
{
	char id[NAME_MAX + 1], root[PATH_MAX];
	CLOSED int store = store_open(root, e);

	*s = (struct state){ .pidfd = -1 };
	if (store == -1)
		return -1;
	store_sweep(store, root, 0);
	if (find_id(store, root, word, id, e) == -1)
		return -1;
	if (read_one(store, root, id, s) == -1 && errno != EBADMSG)
		return fail_as(e, NO_CONTAINER, "there is no container %s any more, or not yet; box ps lists the containers", word);
	return 0;
}

int store_get(const char *id, struct state *s, struct error *e)
{
	char root[PATH_MAX];
	CLOSED int store = store_open(root, e);

	if (store == -1)
		return -1;
	return read_one(store, root, id, s) == 0 ? 0 : fail_as(e, NO_CONTAINER, "there is no container %s", id);
}

int store_find(const char *word, struct state *s, struct error *e)
{
	if (store_find_damaged(word, s, e) == -1)
		return -1;
	return s->json ? 0 : fail(e, "cannot read %s/%s/state.json, so box keeps it; repair it, or run box rm --force %s to remove the container",
				  s->root, s->id, s->id);
}

/* Print a warning about what box keeps: a record that it can't read, or a directory with a record but no marker. */
static void name_kept(int store, const char *root, const char *id, int number)
{
	char path[NAME_MAX + 16];

	snprintf(path, sizeof path, "%s/state.json", id);
	if (number == EBADMSG)
		fprintf(stderr, "box: warning: cannot read %s/%s, so box keeps it; repair it, or run box rm --force %s to remove the container\n",
			root, path, id);
	else if (number == EPERM && faccessat(store, path, F_OK, 0) == 0)
		fprintf(stderr, "box: warning: %s/%s has no marker (" MARKER "): box did not create it, and does not change it; "
			"rm -r removes it\n", root, id);
}

int store_list(struct state **all, bool name_others, struct error *e)
{
	struct dirent **entries = NULL;
	char root[PATH_MAX];
	CLOSED int store = store_open(root, e);
	int there, count = 0;

	if (store == -1)
		return -1;
	store_sweep(store, root, 0);
	there = scandir(root, &entries, may_be_ours, alphasort);
	*all = calloc(there + 1, sizeof **all);
	for (int i = 0; i < there; i++) {
		struct dirent *entry FREED = entries[i];

		if (!*all || *entry->d_name == '.')
			continue;
		if (read_one(store, root, entry->d_name, &(*all)[count]) == 0)
			count++;
		else if (name_others)
			name_kept(store, root, entry->d_name, errno);
	}
	free(entries);
	return there >= 0 && *all ? count : fail_call(e, "list the containers", "scandir(\"%s\")", root);
}
