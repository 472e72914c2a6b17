/*
 * channel.c - the messages between the two sides of the wall.
 *
 *   see      box run --explain ROOTFS true 2>&1 | grep -e send -e recvmsg
 *   read     unix(7)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/say.h"
#include "bricks/channel.h"

/* The other side prints from then on, so --explain does not print the result of this call. */
int channel_send(struct container *c, enum word word, const char *why)
{
	const char letter = word;

	if (explain)
		say(why, "send(%d, \"%c\", 1, MSG_NOSIGNAL)\n", c->channel, letter);
	return send(c->channel, &letter, 1, MSG_NOSIGNAL) == 1 ? 0 : fail_call(&c->error, why, "send(%d)", c->channel);
}

void channel_report(struct container *c, const struct message *m)
{
	send(c->channel, m, sizeof *m, MSG_NOSIGNAL);
}

int descriptor_pass(int socket, const char *why, int fd, const char *text, struct error *e)
{
	char room[CMSG_SPACE(sizeof fd)] = "";
	struct msghdr message = { .msg_iov = &(struct iovec){ (char *)text, strlen(text) }, .msg_iovlen = 1, .msg_control = room,
				  .msg_controllen = sizeof room };
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);

	*rights = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof fd) };
	memcpy(CMSG_DATA(rights), &fd, sizeof fd);
	return SHOW(e, why, sendmsg(socket, &message, MSG_NOSIGNAL), "sendmsg(%d, {SCM_RIGHTS, %d}, MSG_NOSIGNAL)", socket, fd) == -1 ? -1 : 0;
}

int socket_connect(const char *path, const char *why, struct error *e)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = DO(e, "create a socket", socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));

	if (fd == -1)
		return -1;
	if (snprintf(address.sun_path, sizeof address.sun_path, "%s", path) >= (int)sizeof address.sun_path)
		fail(e, "%s: too long; the path of a socket has less than %zu bytes", path, sizeof address.sun_path);
	else if (SHOW(e, why, connect(fd, (struct sockaddr *)&address, sizeof address), "connect(%d, \"%s\")", fd, path) == 0)
		return fd;
	close(fd);
	return -1;
}

int channel_pass(struct container *c, const char *why, int fd)
{
	return descriptor_pass(c->channel, why, fd, (char []){ DESCRIPTOR, '\0' }, &c->error);
}

/* If the other side ended before it read our last message, the first recvmsg(2) fails with ECONNRESET, and the next returns the
 * message. */
bool channel_receive(struct container *c, struct message *m, int *fd, int flags)
{
	char room[CMSG_SPACE(sizeof *fd)] = "";
	struct msghdr message = { .msg_iov = &(struct iovec){ m, sizeof *m }, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room };
	struct cmsghdr *rights;
	ssize_t length;

	do
		length = recvmsg(c->channel, &message, MSG_CMSG_CLOEXEC | flags);
	while (length == -1 && errno == ECONNRESET);
	rights = length > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (rights && rights->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(rights), sizeof *fd);
	return length > 0;
}

void wait_for_host(struct container *c, enum word word, const char *why)
{
	struct message m = { 0 };

	while (m.word != (char)word)
		if (!channel_receive(c, &m, &c->handed, 0))
			_exit(125);
	if (explain)
		say(why, "recvmsg(%d) = 1\n", c->channel);
}

void host_is_done(struct container *c)
{
	if (!c->host_is_done)
		wait_for_host(c, GO_ON, "wait until the host has done its part");
	c->host_is_done = true;
}
