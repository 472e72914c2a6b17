/*
 * users.c - --user: find a user by the container's own /etc/passwd and /etc/group.
 *
 * The host's files are not used. Nor is getpwnam(3): it would load the libraries that ROOTFS's nsswitch.conf names.
 *
 *   see      box run -u box ROOTFS id
 *   break    box run -u nobody:tty ROOTFS sh -c 'id; touch /x'
 *   read     passwd(5), group(5), openat2(2)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/files.h"
#include "base/parse.h"
#include "bricks/user.h"

/*
 * Read a whole file of the container. Returns its text, for the caller to free: "" if there is no file, or if /dev/null hides it.
 * A malicious ROOTFS may have a link to a descriptor there, a FIFO that never ends, or a device that acts when opened.
 */
static char *read_table(const char *path, struct error *e)
{
	const struct open_how how = { .flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, .resolve = RESOLVE_NO_MAGICLINKS };
	struct stat it = { 0 };
	char *text;

	if (stat(path, &it) == -1 && (errno == ENOENT || errno == ENOTDIR))
		return strdup("");
	if (S_ISCHR(it.st_mode) && it.st_rdev == makedev(1, 3))
		return strdup("");
	text = S_ISREG(it.st_mode) ? read_text(syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how)) : NULL;
	if (!text && S_ISREG(it.st_mode) && errno != EFBIG)
		fail_call(e, "read a file of ROOTFS", "openat2(\"%s\")", path);
	else if (!text)
		fail(e, "%s in ROOTFS must be a regular file of at most %d bytes", path, LARGEST_TEXT);
	return text;
}

/* Cut off the next line of *TEXT, and split it into COUNT fields; missing fields are "". Returns false after the last line. */
static bool next_line(char **text, char *fields[], int count)
{
	char *line = strsep(text, "\n");

	for (int i = 0; i < count; i++)
		fields[i] = line && *line ? strsep(&line, ":") : "";
	return *fields[0] || *text;
}

/* An ID has 32 bits, and the largest number, -1, means "none": setresuid(2). */
static bool is_id(const char *word, unsigned *id)
{
	struct error ignored = { 0 };
	uint64_t number;
	const bool is = parse_number(word, 0, UINT32_MAX - 1, &number, &ignored) == 0;

	*id = is ? number : 0;
	return is;
}

/* A user without an entry has only root's group, and the home directory /: docker-run(1). If USER is a number, and the GROUP is given,
 * nothing else is needed of a table that can't be read. */
static int find_passwd(const char *user, const char *its_group, struct identity *who, char **name, struct error *e)
{
	struct error unread = { 0 };
	char *text FREED = read_table("/etc/passwd", &unread), *rest = text, *field[6] = { 0 };
	unsigned id, line_id, group;
	const bool number = is_id(user, &id);

	*who = (struct identity){ .user = id };
	if (!rest && !(number && its_group))
		return fail(e, "%s", unread.text);
	while (rest && next_line(&rest, field, 6)) {
		if (!is_id(field[2], &line_id) || !is_id(field[3], &group))
			continue;
		if (number ? line_id != id : strcmp(field[0], user) != 0)	/* a number never matches a name: CVE-2016-3697 */
			continue;
		who->user = line_id;
		who->group = group;
		*name = strdup(field[0]);
		who->home = strdup(*field[5] == '/' ? field[5] : "/");
		return 0;
	}
	who->home = strdup("/");
	return number ? 0 : fail(e, "no user \"%s\" in ROOTFS's /etc/passwd; use a user that is there, or a UID", user);
}

static bool lists(char *members, const char *name)
{
	for (char *member; (member = strsep(&members, ",")); )
		if (strcmp(member, name) == 0)
			return true;
	return false;
}

static int add_group(struct identity *who, gid_t group, struct error *e)
{
	enum { MOST = 65536 };	/* the kernel's maximum: setgroups(2). musl's NGROUPS_MAX is lower */
	gid_t *longer;

	if (who->count == MOST)
		return fail(e, "ROOTFS's /etc/group lists the user in more than %d groups, the kernel's maximum; use USER:GROUP",
			    MOST);
	if (!(longer = realloc(who->more, (who->count + 1) * sizeof *longer)))
		return fail_call(e, "list the user's groups", "realloc()");
	who->more = longer;
	who->more[who->count++] = group;
	return 0;
}

/* If GROUP is given, it is the only group. Otherwise these are the groups that list NAME (NULL: a user without a name). */
static int find_group(const char *group, const char *name, struct identity *who, struct error *e)
{
	const bool number = group && is_id(group, &who->group);
	char *text FREED = number ? NULL : read_table("/etc/group", e), *rest = text, *field[4] = { 0 };
	unsigned id;

	if (!rest)
		return number ? 0 : -1;
	while (next_line(&rest, field, 4)) {
		if (!is_id(field[2], &id))
			continue;
		if (group && strcmp(field[0], group) == 0) {
			who->group = id;
			return 0;
		}
		if (!group && name && lists(field[3], name) && add_group(who, id, e) == -1)
			return -1;
	}
	return !group ? 0 :
	       fail(e, "no group \"%s\" in ROOTFS's /etc/group; use a group that is there, or a GID", group);
}

int find_user(const char *word, char **groups, struct identity *who, struct error *e)
{
	char *user FREED = strndup(word, strcspn(word, ":")), *name FREED = NULL;
	const char *group = strchr(word, ':') ? strchr(word, ':') + 1 : NULL;

	if (!user || !*user || (group && !*group))
		return fail(e, "--user \"%s\": not a user; use USER or USER:GROUP, with names or numbers", word);
	if (find_passwd(user, group, who, &name, e) == -1 || find_group(group, name, who, e) == -1)
		return wrap(e, "--user %s", word);
	for (; groups && *groups; groups++) {
		struct identity other = { 0 };

		if (find_group(*groups, NULL, &other, e) == -1 || add_group(who, other.group, e) == -1)
			return wrap(e, "--group-add %s", *groups);
	}
	return 0;
}
