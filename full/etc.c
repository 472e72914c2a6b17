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

#include "bricks.h"

/* Keep all lines but name servers on the host's loopback, which the container can't reach. */
static void usable_servers(char *hosts, char *text, size_t size)
{
	size_t length = 0;

	for (char *line; (line = strsep(&hosts, "\n")) && length < size; )
		if (*line && strncmp(line, "nameserver 127.", 15) != 0 && strncmp(line, "nameserver ::1", 14) != 0)
			length += snprintf(text + length, size - length, "%s\n", line);
}

static void resolv_conf(const struct container *c, char *text, size_t size)
{
	char hosts[4096];
	size_t length = 0;

	*text = '\0';
	for (char **server = c->spec->dns; server && *server && length < size; server++)
		length += snprintf(text + length, size - length, "nameserver %s\n", *server);
	if (c->rootless && !c->spec->dns && c->spec->network == NETWORK_BRIDGE)
		length += snprintf(text, size, "nameserver 10.0.2.3\n");	/* the program of slirp.c, which asks the host's name server */
	if (length || c->spec->dns || c->spec->network == NETWORK_NONE || get(AT_FDCWD, "/etc/resolv.conf", hosts, sizeof hosts) == -1)
		return;
	if (c->spec->network == NETWORK_HOST) {
		snprintf(text, size, "%s", hosts);
		return;
	}
	usable_servers(hosts, text, size);
	/* If the name server on the loopback is systemd-resolved, this file lists the servers that it asks. */
	if (!strstr(text, "nameserver") && get(AT_FDCWD, "/run/systemd/resolve/resolv.conf", hosts, sizeof hosts) > 0)
		usable_servers(hosts, text, size);
}

static void hosts_file(const struct container *c, const char *name, char *text, size_t size)
{
	char address[INET_ADDRSTRLEN] = "127.0.1.1";

	if (c->address.s_addr)
		inet_ntop(AF_INET, &c->address, address, sizeof address);
	snprintf(text, size, "127.0.0.1\tlocalhost\n::1\tlocalhost\n%s\t%s\n", address, name);
}

/* If the user mounts a volume there, it replaces our file. And nothing can be mounted on our file, which has no name. */
static bool is_volume(const struct container *c, const char *path)
{
	for (const struct volume *v = c->spec->volumes; v && v->source; v++)
		if (strcmp(v->target, path) == 0)
			return true;
	return false;
}

/* Remove a symbolic link that leads nowhere, such as systemd's resolv.conf in many images. It is removed in the overlay only;
 * ROOTFS keeps it. */
static int remove_link(struct container *c, const char *path)
{
	CLOSED int etc = c->spec->write_through || !with(c, "overlay") ? -1 : open_in_root(c, "/etc", 0);

	return unlinkat(etc, strrchr(path, '/') + 1, 0);
}

static int show(struct container *c, const char *path, const char *text)
{
	CLOSED int file = -1, place = -1;

	if (is_volume(c, path))
		return 0;
	file = DO(&c->error, "create the file on /dev", open("dev/.etc", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
	if (file == -1)
		return -1;
	place = open_in_root(c, path, 'f');
	if (place == -1 && c->error.number == ENOENT && remove_link(c, path) == 0)
		place = open_in_root(c, path, 'f');
	if (place == -1)	/* ROOTFS doesn't have the file, and we may not create it there */
		return c->error.number == EROFS || c->error.number == EACCES || c->error.number == ENOENT ? unlink("dev/.etc") : -1;
	if (write(file, text, strlen(text)) == -1)
		return fail_call(&c->error, "write the file", "write(\"%s\")", path);
	return bind_on(c, file, place, c->spec->read_only) == -1 ? wrap(&c->error, "ROOTFS's %s", path) : unlink("dev/.etc");
}

int etc_inside(struct container *c)
{
	const char *name = c->spec->hostname ? c->spec->hostname : c->id;
	char text[4096];

	if (!with(c, "dev"))
		return 0;
	hosts_file(c, name, text, sizeof text);
	if (show(c, "/etc/hosts", text) == -1)
		return -1;
	resolv_conf(c, text, sizeof text);
	if (show(c, "/etc/resolv.conf", text) == -1)
		return -1;
	snprintf(text, sizeof text, "%s\n", name);
	return show(c, "/etc/hostname", text);
}
