/*
 * netlink.c - step 6's rtnetlink, with several requests in one send(2).
 *
 *   see      box run --explain ROOTFS true 2>&1 | grep RTM_
 *   read     step6-net/README.md; netlink(7), rtnetlink(7)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stddef.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/netlink.h"
#include "base/say.h"

static struct nlmsghdr *last(struct batch *b)
{
	return (struct nlmsghdr *)(b->bytes + b->last);
}

void request(struct batch *b, int type, int flags, const void *about, size_t size, const char *what, ...)
{
	va_list values;

	b->last = b->length;
	*last(b) = (struct nlmsghdr){ .nlmsg_len = NLMSG_LENGTH(size), .nlmsg_type = type, .nlmsg_seq = b->count,
				      .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags };
	memcpy(NLMSG_DATA(last(b)), about, size);
	b->length += NLMSG_SPACE(size);
	va_start(values, what);
	vsnprintf(b->what[b->count++], sizeof *b->what, what, values);
	va_end(values);
}

struct rtattr *attribute(struct batch *b, int type, const void *value, size_t size)
{
	struct rtattr *a = (struct rtattr *)(b->bytes + b->length);

	a->rta_type = type;
	a->rta_len = RTA_LENGTH(size);
	if (size)
		memcpy(RTA_DATA(a), value, size);
	b->length += RTA_SPACE(size);
	last(b)->nlmsg_len = b->length - b->last;
	return a;
}

void end(struct batch *b, struct rtattr *nest)
{
	nest->rta_len = b->bytes + b->length - (char *)nest;
}

/* Receive one answer. Sets errno to the kernel's error, as a system call does. */
static int hear(int kernel)
{
	struct { struct nlmsghdr header; struct nlmsgerr refusal; char rest[1024]; } answer;

	const ssize_t length = recv(kernel, &answer, sizeof answer, 0);

	if (length == -1)
		return -1;
	if (length < (ssize_t)offsetof(typeof(answer), rest) || answer.header.nlmsg_type != NLMSG_ERROR)
		errno = EBADMSG;	/* truncated, or not an answer to a request */
	else
		errno = -answer.refusal.error;
	return errno ? -1 : 0;
}

/* The kernel answers each request, and continues with the next one even after an error. */
int ask(struct error *e, const char *why, const struct batch *b)
{
	CLOSED int kernel = DO(e, "open an rtnetlink socket", socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
	char all[sizeof b->what + 16] = "";
	int result = 0;

	for (int i = 0; i < b->count; i++)
		strcat(strcat(all, i ? "; " : ""), b->what[i]);
	if (kernel == -1 || SHOW(e, why, send(kernel, b->bytes, b->length, 0), "send(%d, {%s})", kernel, all) == -1)
		return -1;
	for (int i = 0; i < b->count; i++)
		if (MAY("receive the answer", hear(kernel), "recv(%d, {the answer to %s})", kernel, b->what[i]) == -1 && result == 0)
			result = fail_call(e, why, "%s", b->what[i]);
	return result;
}
