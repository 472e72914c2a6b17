/*
 * store.h - what box keeps on disk: ROOT, which has a directory for each container, named by its ID.
 */
#ifndef STORE_H
#define STORE_H

#include "bricks/container.h"
#include "life/record.h"

/*
 * Set ROOT: $BOX_ROOT, or /var/lib/box; for ordinary users $XDG_DATA_HOME/box or ~/.local/share/box. Create it if it does not
 * exist. Returns a descriptor, or -1. ROOT must belong to us, and no other user may be able to write to it.
 */
CHECKED int store_open(char root[PATH_MAX], struct error *e);

/* Create ROOT/ID and lock it: flock(2). STORE is a descriptor of ROOT. Fails if the ID is taken. */
CHECKED int store_make(struct container *c, int store);

/* Remove what the last container has left, and create the directory of the next. Call it while nobody waits for us. */
void store_prepare_next(struct container *c);

/* Remove ROOT/ID and everything in it. Returns 0, or -1 with c->error filled. */
CHECKED int store_remove(struct container *c);

/* Clean up after boxes that were killed. Looks at no more than MOST containers (0: at all containers). */
void store_sweep(int store, const char *root, unsigned most);

/* Remove the directory of a container whose box was killed before it could write the record. Leave all others alone. */
void store_remove_unfinished(const char *id);

/* Sweep ROOT, and read the records of all its containers into *ALL, which the caller frees. Returns their number, or -1. With
 * NAME_OTHERS, print a warning on stderr for each record that we can't read, or that is in a directory without a marker. */
CHECKED int store_list(struct state **all, bool name_others, struct error *e);

/* Sweep ROOT, and read the record of one container. WORD is its name or ID, or the beginning of a generated ID if no other ID
 * begins so. Free with record_free(). */
CHECKED int store_find(const char *word, struct state *s, struct error *e);

/* Read the record of the container with exactly this ID, and look at no other. Free with record_free(). */
CHECKED int store_get(const char *id, struct state *s, struct error *e);

/* The same as store_find(), but succeeds also if the record can't be read: then s->json is NULL. */
CHECKED int store_find_damaged(const char *word, struct state *s, struct error *e);

/* Open the container's directory ROOT/ID. store_lock() also locks it: flock(2). Unless HOW is LOCK_NB, it waits until the
 * container's box releases the lock. Returns a descriptor, or -1 with errno if the directory is gone. */
int store_directory(const struct state *s);
int store_lock(const struct state *s, int how);

/* Give the container, which must have ended, the name ID. Fails if another one has it. */
CHECKED int store_rename(const struct state *s, const char *id, struct error *e);

/* Create the marker PATH, relative to the descriptor AT. From then on, its directory belongs to box. Returns 0, or -1 with
 * errno. */
int store_mark(int at, const char *path);

/* Open the directory NAME at AT, which box must have created. Returns -1 with errno on error: EPERM if box did not. */
int open_ours(int at, const char *name);

/* Can this be a container's directory, or one that is about to become one? */
struct dirent;
int may_be_ours(const struct dirent *entry);

/* The file name of the marker. */
#define MARKER ".box"

#endif
