/*
 * user.h - users and groups: the maps of a user namespace (user.c), the IDs for them (ids.c), and the user that COMMAND runs as
 * (users.c).
 */
#ifndef USER_H
#define USER_H

#include <stddef.h>

#include "bricks/container.h"

/* COUNT consecutive IDs, from FIRST on; and a list of such ranges, which free_ranges frees. */
struct id_range { uint64_t first, count; };
struct id_ranges { struct id_range *list; size_t count; };
enum kind { USERS, GROUPS };
#define RANGES_FREED __attribute__((cleanup(free_ranges)))
void free_ranges(struct id_ranges *r);

/* Add to *OWN the ranges that /etc/subuid or /etc/subgid, by KIND, assigns to NAME or to the user ID (-1: none), and
 * to *OTHERS (unless NULL) the ranges of everybody else. Errors: an invalid line for NAME. subuid(5) */
CHECKED int read_lent(struct error *e, enum kind kind, const char *name, uid_t id, struct id_ranges *own, struct id_ranges *others);

/* Fail if these ranges, which the file of KIND assigns to NAME, overlap, or contain the user's OWN ID. A map may have no ID
 * twice: user_namespaces(7). */
CHECKED int check_lent(struct error *e, enum kind kind, const char *name, unsigned own, const struct id_ranges *lent);

/* Reserve IDs for a container that root runs: at most 65536 users and as many groups. No other container on this
 * host, no user and no subordinate range has these IDs. The reservation lasts as long as box runs. Errors: none are left. */
CHECKED int take_ids(struct container *c, struct id_range parts[2]);

/* Run WORK, which returns 0 or -1, in a child that is root of a user namespace with the container's ID maps.
 * An ordinary user needs this to reach files that belong to subordinate IDs. user_namespaces(7) */
CHECKED int user_run(struct container *c, int (*work)(struct container *));

/* The same, but return the child's PID at once, for the caller to wait for, or -1. If the child ends without WORK, c->error says why. */
CHECKED pid_t user_start(struct container *c, int (*work)(struct container *));

/* Create a user namespace with these maps of users and groups, which no process is in. Returns a descriptor, or -1. user_namespaces(7) */
CHECKED int user_of_maps(struct container *c, struct id_map *const maps[2]);

/* If this host may forbid user namespaces, append to c->error what forbids them and how to allow them. Returns -1. */
int user_blocked(struct container *c);

/* In a user namespace: raise the hard limits of the process c->pid to those of --ulimit, as far as we may. Only root of the host may,
 * which root of that namespace is not. prlimit(2) */
void user_limits(struct container *c);

/* Resolve USER[:GROUP], and more GROUPS (a list, or NULL), with names from /etc/passwd and /etc/group of our current root directory.
 * passwd(5) */
struct identity { uid_t user; gid_t group; gid_t *more; int count; char *home; };
CHECKED int find_user(const char *word, char **groups, struct identity *who, struct error *e);

#endif
