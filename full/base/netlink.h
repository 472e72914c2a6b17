/*
 * netlink.h - requests about interfaces, addresses and routes, which the kernel takes in batches.
 */
#ifndef NETLINK_H
#define NETLINK_H

#include <linux/rtnetlink.h>
#include <stdalign.h>
#include <stddef.h>

#include "base/error.h"

/* Several requests, each in a message of its own, for one send(2). Initialize it with zeros. rtnetlink(7) */
struct batch {
	int count;
	size_t length, last;		/* of all requests; the offset of the last request */
	char what[4][96];		/* the name of each request in --explain and in errors */
	alignas(NLMSG_ALIGNTO) char bytes[1024];
};

/* Begin a request of TYPE; ABOUT is an ifinfomsg, ifaddrmsg or rtmsg. */
void request(struct batch *b, int type, int flags, const void *about, size_t size, const char *what, ...) PRINTS(6, 7);

/* Append an attribute to the last request, and return it. Attributes that are appended from then on, until end(NEST), become part
 * of NEST. */
struct rtattr *attribute(struct batch *b, int type, const void *value, size_t size);
void end(struct batch *b, struct rtattr *nest);

/* Send all requests, and read the answer to each. The error names the first request that failed. netlink(7) */
CHECKED int ask(struct error *e, const char *why, const struct batch *b);

#endif
