/*
 * register.c - which address and which port is whose (register.h).
 *
 *   see      ls -l /run/box-net-*
 *   read     symlink(2), flock(2)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"
#include "base/list.h"
#include "base/say.h"
#include "bricks/net.h"
#include "bricks/register.h"

static int register_path(char path[64])
{
	struct stat us = { 0 };
	int result = stat("/proc/self/ns/net", &us);

	snprintf(path, 64, "/run/box-net-%lu", (unsigned long)us.st_ino);
	return result;
}

int register_open(struct error *e, bool make, int how)
{
	static const char why[] = "open the register of addresses and ports";
	char path[64];
	int fd = -1;

	if (register_path(path) == -1)
		return fail_call(e, why, "stat(\"/proc/self/ns/net\")");
	do {
		if (make && MAY(why, mkdir(path, 0700), "mkdir(\"%s\", 0700)", path) == -1 && errno != EEXIST)
			break;
		fd = MAY("lock the register", lock_directory(AT_FDCWD, path, how), "flock(<%s>, LOCK_EX)", path);
	} while (fd == -1 && make && errno == ENOENT);
	return fd != -1 ? fd : fail_call(e, why, "open(\"%s\")", path);
}

int register_take(struct error *e, const char *why, int reg, const char *name, const char *whose)
{
	return SHOW(e, why, symlinkat(whose, reg, name), "symlinkat(\"%s\", %d, \"%s\")", whose, reg, name);
}

char *register_look_up(int reg, const char *name, char text[PATH_MAX])
{
	ssize_t length = readlinkat(reg, name, text, PATH_MAX - 1);

	text[length > 0 ? length : 0] = '\0';
	return text;
}

void register_name(const struct container *c, char owner[PATH_MAX])
{
	snprintf(owner, PATH_MAX, "%.*s/%s", PATH_MAX - NAME_MAX - 2, c->root, c->id);
}

void register_close_down(void)
{
	char path[64];

	register_path(path);
	MAY("remove the register", rmdir(path), "rmdir(\"%s\")", path);
}

/* ---- Strike off ---------------------------------------------------------------------------------- */

enum whose { OWNERS, NOBODYS, OTHERS, NO_CONTAINERS };

/* Whose is the entry NAME? NOBODYS: of an owner whose directory is gone, and who can't remove it any more. */
static enum whose whose_is(int reg, const char *name, const char *owner, char found[PATH_MAX])
{
	errno = 0;
	if (!*register_look_up(reg, name, found))
		return errno == EINVAL || errno == ENOENT ? NO_CONTAINERS : OTHERS;	/* if we can't read it, it may be anybody's */
	if (*found != '/')
		return NO_CONTAINERS;
	if (strcmp(found, owner) == 0)
		return OWNERS;
	return access(found, F_OK) == -1 && errno == ENOENT ? NOBODYS : OTHERS;
}

/* An owner's ports are published all at once or not at all, and are withdrawn in the same way: if box was killed before it had published
 * them, nft(8) refuses the commands, and nothing is lost. */
static void strike_off(int reg, struct dirent **names, int count, const char *owner, bool withdraw, uint16_t **udp)
{
	char found[PATH_MAX], *commands FREED = NULL;
	struct error ignored = { 0 };
	size_t size = 0;
	FILE *ports = open_memstream(&commands, &size);

	for (int i = 0; ports && i < count; i++) {
		const char *name = names[i]->d_name;
		const uint16_t port = strncmp(name, "udp.", 4) == 0 ? strtoul(name + 4, NULL, 10) : 0;

		if (whose_is(reg, name, owner, found) != OWNERS)
			continue;
		if (port)
			*udp = append(*udp, sizeof port, &port);
		if (port || strncmp(name, "tcp.", 4) == 0)
			fprintf(ports, "delete element ip box ports { %.3s . %s }\n", name, name + 4);
		MAY("remove it from the register", unlinkat(reg, name, 0), "unlinkat(%d, \"%s\")", reg, name);
	}
	if (close_text(ports) == 0 && size && withdraw)
		(void)!firewall_change(&ignored, "withdraw the container's ports", reg, commands);
}

int register_strike_off(int reg, const char *owner, uint16_t **udp)
{
	struct dirent **names = NULL;
	char path[64], found[PATH_MAX];
	const int all = register_path(path) == -1 ? -1 : scandir(path, &names, NULL, NULL);
	int others = all == -1, count = 0;

	for (int i = 0; i < all; i++) {
		const enum whose whose = whose_is(reg, names[i]->d_name, owner, found);

		others += whose == OTHERS;
		if (whose == OWNERS || whose == NOBODYS)
			names[count++] = names[i];
		else
			free(names[i]);
	}
	strike_off(reg, names, count, owner, others, udp);
	for (int i = 0; i < count; i++)
		if (whose_is(reg, names[i]->d_name, owner, found) == NOBODYS)
			strike_off(reg, names, count, found, others, udp);
	while (count)
		free(names[--count]);
	free(names);
	return others;
}
