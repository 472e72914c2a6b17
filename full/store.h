/*
 * store.h - what box keeps on disk: ROOT, with a directory for each container (store.c), and its record in there (record.c).
 */
#ifndef STORE_H
#define STORE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

struct container;
struct error;
struct spec;

/* ---- The record: ROOT/ID/state.json (record.c) ------------------------------------------------------- */

/* What it says of a container. */
struct state {
	char root[PATH_MAX], id[NAME_MAX + 1];
	pid_t pid;			/* 0: it has ended */
	int pidfd;			/* of its PID 1; -1: it does not run */
	unsigned long long born;	/* as in struct container */
	int status;			/* its exit status, once it has ended */
	long long created;		/* seconds since the epoch */
	bool named;			/* by --name: its ID has no short form */
	void *json;			/* all of it, a json_t of jansson's */
};

/* Write the record of *C, anew: whole or not at all. */
CHECKED int record_write(struct container *c);

/* Note that it has ended with STATUS; what remains is ROOT/ID with state.json, log and upper directory. */
CHECKED int record_end(struct container *c, int status);

/* Read the record in DIRECTORY, a ROOT/ID, into *S, which is to be freed with record_free. Returns 0, or -1 with errno:
 * ENOENT if there is none, EBADMSG if it is no record. */
CHECKED int record_read(int directory, struct state *s);
void record_free(struct state *s);

/* Its cgroup's path, or "". */
const char *record_cgroup(const struct state *s);

/* Put what box exec needs of its spec into *SPEC, behind what is there already. */
void record_spec(const struct state *s, struct spec *spec);

/* ---- The store: ROOT (store.c) ------------------------------------------------------------------------ */

/*
 * Set ROOT: $BOX_ROOT, or /var/lib/box; $XDG_DATA_HOME/box or ~/.local/share/box without root. It is made if it is not there.
 * Returns a descriptor of it, or -1: it must be ours, and nobody else's to write to.
 */
CHECKED int store_open(char root[PATH_MAX], struct error *e);

/* Make ROOT/ID, and lock it: flock(2). STORE is ROOT's descriptor. Fails if the ID is taken. */
CHECKED int store_make(struct container *c, int store);

/* Clear away what the last container has left, and make the directory of the next: while nobody waits for us. */
void store_prepare_next(struct container *c);

/* Remove ROOT/ID with all that is in it. */
void store_remove(struct container *c);

/* Clear away what boxes left that were killed; looks at no more than MOST containers (0: at all). */
void store_sweep(int store, const char *root, unsigned most);

/* Read the records of all in our ROOT, after a sweep of it, into *ALL, which is to be freed. Returns how many. With NAME_OTHERS
 * a line on stderr names each directory that has a record, and is not box's or can't be read. */
CHECKED int store_list(struct state **all, bool name_others, struct error *e);

/* The same for one: WORD is its whole name, or the beginning of a generated ID if that is no other's. Free with record_free. */
CHECKED int store_find(const char *word, struct state *s, struct error *e);

/* The same, also if its record can't be read: then s->json is NULL. */
CHECKED int store_find_damaged(const char *word, struct state *s, struct error *e);

/* Its directory ROOT/ID. store_lock waits until its box is done with it, unless HOW is LOCK_NB, and locks it: flock(2). -1 with
 * errno if it is gone. */
int store_directory(const struct state *s);
int store_lock(const struct state *s, int how);

/* Make the marker PATH, relative to the descriptor AT: the directory in which it lies is box's from then on. 0, or -1 with errno. */
int store_mark(int at, const char *path);

/* The name of the marker in a directory. */
#define MARKER ".box"

/* Open and lock the directory NAME at the descriptor AT, and wait for that unless HOW is LOCK_NB. Returns a descriptor, or
 * -1 with errno: ENOENT if it is not there any more once we have the lock. flock(2) */
int lock_directory(int at, const char *name, int how);

#endif
