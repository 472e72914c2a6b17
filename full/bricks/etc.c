/*
 * etc.c - three files that each container needs for itself: /etc/hosts, /etc/hostname and /etc/resolv.conf.
 *
 * Each is written to a file on the container's /dev, which is in memory. The file is bind-mounted to its place, and its name
 * in /dev is removed. So ROOTFS and the overlay don't change, and no disk is written. With --read-only, these mounts are
 * read-only, too.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/say.h"
#include "bricks/mount.h"
#include "bricks/net.h"

/* ---- What they contain ---------------------------------------------------------------------------- */

enum line { OTHER, SERVER, LOCAL_SERVER };

/* What is this line of a resolv.conf(5)? A container can't reach a name server on the host's loopback. */
static enum line kind_of(const char *line)
{
	char address[INET6_ADDRSTRLEN];
	struct in6_addr six;
	struct in_addr four;

	if (sscanf(line, "nameserver%*[ \t]%45[0-9A-Fa-f.:]", address) != 1)
		return OTHER;
	if (inet_pton(AF_INET, address, &four) == 1)
		return ntohl(four.s_addr) >> 24 == IN_LOOPBACKNET ? LOCAL_SERVER : SERVER;
	return inet_pton(AF_INET6, address, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six) ? LOCAL_SERVER : SERVER;
}

/* Copy the lines of these kinds, a bit for each enum line, to OUT, unless it is NULL. Returns how many lines are of these kinds. */
static int copy_lines(FILE *out, unsigned kinds, const char *text)
{
	int count = 0;

	for (size_t length; *text; text += length + (text[length] == '\n')) {
		const bool wanted = kinds >> kind_of(text) & 1;

		length = strcspn(text, "\n");
		if (wanted && out && length)
			fprintf(out, "%.*s\n", (int)length, text);
		count += wanted;
	}
	return count;
}

/* --dns replaces the host's name servers, but not its search list and its options: docker-run(1). */
static void resolv_conf(const struct container *c, FILE *out)
{
	const int network = c->spec->own.network;
	const bool slirp = c->rootless && network == NETWORK_BRIDGE;
	char *hosts FREED = NULL, *resolved FREED = NULL;
	unsigned kinds = 1 << OTHER;

	for (char **server = c->spec->own.dns; server && *server; server++)
		fprintf(out, "nameserver %s\n", *server);
	if (slirp && !c->spec->own.dns)
		fprintf(out, "nameserver 10.0.2.3\n");	/* the program of slirp.c, which asks the host's name server */
	if (network != NETWORK_NONE)
		hosts = read_text(open("/etc/resolv.conf", O_RDONLY | O_CLOEXEC));
	if (!hosts)
		return;
	/* If the name server on the loopback is systemd-resolved, this file lists the servers that it asks. */
	if (network != NETWORK_HOST && copy_lines(NULL, 1 << SERVER, hosts) == 0)
		resolved = read_text(open("/run/systemd/resolve/resolv.conf", O_RDONLY | O_CLOEXEC));
	if (!c->spec->own.dns && !slirp)
		kinds |= network == NETWORK_HOST ? 1 << SERVER | 1 << LOCAL_SERVER : 1 << SERVER;
	copy_lines(out, kinds, resolved ? resolved : hosts);
}

/* The host's address, as the container sees it: the bridge's, or that of the program of slirp.c. */
static const char *hosts_address(const struct container *c, char text[INET_ADDRSTRLEN])
{
	const struct in_addr gateway = gateway_of(c->address);

	if (c->rootless && c->spec->own.network == NETWORK_BRIDGE)
		return "10.0.2.2";
	return c->address.s_addr ? inet_ntop(AF_INET, &gateway, text, INET_ADDRSTRLEN) : "127.0.0.1";
}

/* The brick uts has set the hostname. On the host's network, the host's names are true in the container, too. */
static void hosts_file(const struct container *c, FILE *out)
{
	char address[INET_ADDRSTRLEN] = "127.0.1.1", name[HOST_NAME_MAX + 1] = "", *hosts FREED = NULL;

	if (c->spec->own.network == NETWORK_HOST)
		hosts = read_text(open("/etc/hosts", O_RDONLY | O_CLOEXEC));
	if (c->address.s_addr)
		inet_ntop(AF_INET, &c->address, address, sizeof address);
	gethostname(name, sizeof name);
	fputs(hosts ? hosts : "127.0.0.1\tlocalhost\n::1\tlocalhost\n", out);
	if (hosts && *hosts && hosts[strlen(hosts) - 1] != '\n')
		fputc('\n', out);
	if (!hosts || c->spec->hostname)
		fprintf(out, "%s\t%s\n", address, name);
	for (char **line = c->spec->own.hosts; line && *line; line++)
		if (strncmp(*line, "host-gateway", 12) == 0)
			fprintf(out, "%s%s\n", hosts_address(c, address), *line + 12);
		else
			fprintf(out, "%s\n", *line);
}

static void hostname_file(const struct container *c UNUSED, FILE *out)
{
	char name[HOST_NAME_MAX + 1] = "";

	gethostname(name, sizeof name);
	fprintf(out, "%s\n", name);
}

static const struct { const char *path; void (*write)(const struct container *c, FILE *out); } files[] = {
	{ "/etc/hosts", hosts_file }, { "/etc/resolv.conf", resolv_conf }, { "/etc/hostname", hostname_file },
};

/* ---- Where they lie ------------------------------------------------------------------------------- */

/* If the user mounts something there, it replaces our file. And nothing can be mounted on our file, which has no name. */
static bool is_replaced(const struct container *c, const char *path)
{
	for (const struct mount *m = c->spec->mounts; m->target; m++)
		if (m->what && strcmp(m->target, path) == 0)
			return true;
	return false;
}

/* Remove a symbolic link that leads nowhere, such as systemd's resolv.conf in many images. It is removed in the overlay only;
 * ROOTFS keeps it. */
static int remove_link(struct container *c, const char *path)
{
	CLOSED int etc = has_overlay(c->spec) ? open_in_root(c, "/etc", 0) : -1;

	return unlinkat(etc, strrchr(path, '/') + 1, 0);
}

static int fill(struct container *c, int file, const char *path)
{
	static const char why[] = "write a file that the container needs";
	char *text FREED = NULL;
	size_t length = 0, i = 0;
	FILE *out = open_memstream(&text, &length);

	while (strcmp(files[i].path, path) != 0)
		i++;
	if (out)
		files[i].write(c, out);
	if (close_text(out) == -1)
		return fail_call(&c->error, why, "open_memstream()");
	return write(file, text, length) == (ssize_t)length ? 0 : fail_call(&c->error, why, "write(\"%s\")", path);
}

int mount_etc(struct container *c, const struct mount *m)
{
	CLOSED int file = -1, place = -1;

	if (c->dev == -1 || is_replaced(c, m->target))
		return 0;
	file = SHOW(&c->error, "create the file on /dev", openat(c->dev, ".etc", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644),
		    "openat(%d, \".etc\", O_RDWR | O_CREAT | O_EXCL)", c->dev);
	if (file == -1)
		return -1;
	place = open_in_root(c, m->target, 'f');
	if (place == -1 && c->error.number == ENOENT && remove_link(c, m->target) == 0)
		place = open_in_root(c, m->target, 'f');
	if (place == -1 && is_absent(&c->error))	/* ROOTFS doesn't have the file, and we may not create it there */
		return unlinkat(c->dev, ".etc", 0);
	if (place == -1 || fill(c, file, m->target) == -1)
		return -1;
	if (bind_on(c, file, place, c->spec->read_only) == -1)
		return wrap(&c->error, "ROOTFS's %s", m->target);
	return unlinkat(c->dev, ".etc", 0);
}
