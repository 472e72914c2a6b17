/*
 * ids.c - which of the host's IDs a user namespace may map: IDs that nobody else has.
 *
 * /etc/subuid and /etc/subgid assign ranges of IDs to users. A user can have several lines. The container of an ordinary user
 * maps all IDs that are assigned to this user. Each of root's containers gets 65536 consecutive IDs, which no other container
 * has, which belong to no user, and which are assigned to nobody else. While its box runs, it holds a lock on these IDs: one
 * file for the whole host, whatever BOX_ROOT is, has a byte for each ID.
 *
 *   see      for i in 1 2; do box run -d --userns auto ROOTFS sleep 100; done; cat /proc/locks
 *   read     subuid(5), fcntl(2) on F_OFD_SETLK
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/say.h"
#include "bricks/user.h"

#define LOCKS "/run/box-ids"

enum { PART = 65536 };

static const char *const files[] = { "/etc/subuid", "/etc/subgid" };
static const uint64_t last_id = UINT32_MAX - 1;	/* the next one, -1, means "none": setresuid(2) */

void free_ranges(struct id_ranges *r)
{
	free(r->list);
}

static void add(struct id_ranges *to, uint64_t first, uint64_t count)
{
	if (!(to->list = realloc(to->list, (to->count + 1) * sizeof *to->list)))
		abort();
	to->list[to->count++] = (struct id_range){ first, count };
}

/* Split LINE, in the format of subuid(5), into its owner and its range. Returns false if the range is not valid. */
static bool read_line(char *line, char **owner, struct id_range *r)
{
	struct error ignored = { 0 };
	char *first, *count;

	*owner = strsep(&line, ":");
	first = strsep(&line, ":");
	count = line;
	return first && count && parse_number(first, 0, last_id, &r->first, &ignored) == 0 &&
	       parse_number(count, 1, last_id + 1 - r->first, &r->count, &ignored) == 0;
}

/* Unless ID is -1, a line can also name the user by this number. Invalid lines of other users are ignored: they can't hurt us. */
int read_lent(struct error *e, enum kind kind, const char *name, uid_t id, struct id_ranges *own, struct id_ranges *others)
{
	FILE *all READ = fopen(files[kind], "re");
	char number[16] = "", *line FREED = NULL, *owner;
	size_t size = 0;
	struct id_range r;

	if (id != (uid_t)-1)
		snprintf(number, sizeof number, "%u", id);
	for (int i = 1; all && getline(&line, &size, all) > 0; i++) {
		bool good, mine;

		line[strcspn(line, "\n")] = '\0';
		good = read_line(line, &owner, &r);
		mine = *owner && (strcmp(owner, name) == 0 || strcmp(owner, number) == 0);
		if (mine && !good)
			return fail(e, "%s, line %d is not valid; use NAME:FIRST:COUNT, such as %s:100000:65536, "
				    "with no ID above 4294967294", files[kind], i, name);
		if (good && (mine || others))
			add(mine ? own : others, r.first, r.count);
	}
	return 0;
}

static bool overlap(const struct id_range *a, const struct id_range *b)
{
	return a->first < b->first + b->count && b->first < a->first + a->count;
}

/* The first range of the list before RANGE that overlaps with it, or NULL. */
static const struct id_range *overlapping(const struct id_ranges *all, const struct id_range *range)
{
	for (const struct id_range *other = all->list; other < range; other++)
		if (overlap(range, other))
			return other;
	return NULL;
}

int check_lent(struct error *e, enum kind kind, const char *name, unsigned own, const struct id_ranges *lent)
{
	const struct id_range one = { own, 1 };

	for (size_t i = 0; i < lent->count; i++) {
		const struct id_range *range = &lent->list[i];
		const struct id_range *other = overlap(range, &one) ? &one : overlapping(lent, range);

		if (other)
			return fail(e, "%s assigns the range %llu:%llu to %s, which overlaps with %s %llu:%llu; change one of them",
				    files[kind], (unsigned long long)range->first, (unsigned long long)range->count, name,
				    other == &one ? "the user's own ID," : "the range", (unsigned long long)other->first,
				    (unsigned long long)other->count);
	}
	return 0;
}

/* ---- Parts for containers ------------------------------------------------------------------------- */

static void add_users(enum kind kind, struct id_ranges *others)
{
	FILE *all READ = fopen(kind == USERS ? "/etc/passwd" : "/etc/group", "re");
	struct passwd *user;
	struct group *group;

	while (all && kind == USERS && (user = fgetpwent(all)))
		add(others, user->pw_uid, 1);
	while (all && kind == GROUPS && (group = fgetgrent(all)))
		add(others, group->gr_gid, 1);
}

/* The IDs below 65536 are reserved for users, even for users who do not exist yet. */
static bool is_anybodys(const struct id_range *part, const struct id_ranges *others)
{
	if (part->first < PART)
		return true;
	for (size_t i = 0; i < others->count; i++)
		if (overlap(part, &others->list[i]))
			return true;
	return false;
}

static bool lock_part(const struct container *c, enum kind kind, const struct id_range *part)
{
	struct flock bytes = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)kind << 32 | (off_t)part->first,
			       .l_len = (off_t)part->count };

	return fcntl(c->ids, F_OFD_SETLK, &bytes) == 0;
}

/* Take 65536 IDs or, if no range has as many, as many as the largest range has. Returns 0 or an errno: ENOENT if no range has
 * IDs for containers, EBUSY if other containers have them all. */
static int take_part(const struct container *c, enum kind kind, const struct id_ranges *lent, const struct id_ranges *others, struct id_range *part)
{
	int reason = ENOENT;

	part->count = 0;
	for (size_t i = 0; i < lent->count; i++)
		if (lent->list[i].count > part->count)
			part->count = lent->list[i].count < PART ? lent->list[i].count : PART;
	for (size_t i = 0; i < lent->count; i++) {
		const struct id_range *r = &lent->list[i];

		for (part->first = r->first; part->first + part->count <= r->first + r->count; part->first += part->count) {
			if (is_anybodys(part, others))
				continue;
			if (lock_part(c, kind, part))
				return 0;
			reason = errno == EAGAIN || errno == EACCES ? EBUSY : errno;
		}
	}
	return reason;
}

static int choose_part(struct container *c, enum kind kind, const char *name, struct id_range *part)
{
	struct id_ranges lent RANGES_FREED = { 0 }, others RANGES_FREED = { 0 };

	if (read_lent(&c->error, kind, name, strcmp(name, "root") == 0 ? 0 : -1, &lent, &others) == -1)
		return -1;
	if (!lent.count && !*name)
		add(&lent, 0x70000000, 0x0ffe0000);	/* IDs that no distribution assigns */
	if (!lent.count)
		return fail(&c->error, "%s assigns no IDs to %s, but the other one of /etc/subuid and /etc/subgid does; "
			    "add a line such as %s:2000000000:1048576", files[kind], name, name);
	add_users(kind, &others);
	name = *name ? name : "containers";
	switch (take_part(c, kind, &lent, &others, part)) {
	case 0:
		return 0;
	case EBUSY:
		return fail(&c->error, "running containers have all IDs that %s assigns, %d each; assign more to %s "
			    "with a line such as %s:2000000000:1048576", files[kind], PART, name, name);
	default:
		return fail(&c->error, "%s assigns to %s only IDs of users or groups (in /etc/passwd or /etc/group, or below %d), "
			    "or IDs that it also assigns to others; add a line such as %s:2000000000:1048576",
			    files[kind], name, PART, name);
	}
}

/* Find the user to whom IDs for containers are assigned: "containers", "root", or "" if neither has any. */
static int find_lender(struct error *e, const char **name)
{
	static const char *const names[] = { "containers", "root", "" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct id_ranges lent RANGES_FREED = { 0 };

		*name = names[i];
		for (enum kind kind = USERS; **name && kind <= GROUPS; kind++)
			if (read_lent(e, kind, *name, i == 1 ? 0 : -1, &lent, NULL) == -1)
				return -1;
		if (lent.count)
			break;
	}
	return 0;
}

int take_ids(struct container *c, struct id_range parts[2])
{
	const char *name;

	c->ids = DO(&c->error, "open the file of locks on IDs", open(LOCKS, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
	if (c->ids == -1 || find_lender(&c->error, &name) == -1)
		return -1;
	return choose_part(c, USERS, name, &parts[USERS]) == -1 ? -1 : choose_part(c, GROUPS, name, &parts[GROUPS]);
}
