/*
 * net.h - what the files of the network share: net.c builds it, netlink.c speaks to the kernel of interfaces,
 * firewall.c to nft(8) of packets. The functions that return int return 0, or -1 with *E filled.
 */
#ifndef NET_H
#define NET_H

#include <linux/rtnetlink.h>
#include <stdalign.h>

#include "box.h"

#define BRIDGE "box0"
#define PREFIX 16	/* of the bridge's subnet */

/* ---- netlink.c ----------------------------------------------------------------------------------- */

/* Requests that go to the kernel in one message each, and in one send(2). Begins as zeros. rtnetlink(7) */
struct batch {
	int count;
	size_t length, last;		/* of all; where the last request begins */
	char what[4][96];		/* each, as --explain and errors call it */
	alignas(NLMSG_ALIGNTO) char bytes[1024];
};

/* Begin a request of TYPE; ABOUT is an ifinfomsg, ifaddrmsg or rtmsg. */
void request(struct batch *b, int type, int flags, const void *about, size_t size, const char *what, ...) PRINTS(6, 7);

/* Append an attribute to the last request. Returns it, so that end() can make others part of it. */
struct rtattr *attribute(struct batch *b, int type, const void *value, size_t size);
void end(struct batch *b, struct rtattr *nest);

/* Send all, and read the answer to each. The error names the first request that was refused. netlink(7) */
CHECKED int ask(struct error *e, const char *why, const struct batch *b);

/* ---- firewall.c ---------------------------------------------------------------------------------- */

/* Load the table "box", and open the chains that would drop what the bridge forwards. LOCK is a descriptor that
 * nft keeps as long as it runs: a lock on it outlives us by that. Says on stderr what it can't open. nft(8) */
CHECKED int firewall_load(struct error *e, int lock, struct in_addr gateway);

/* Run nft's COMMANDS, all of them or none. */
CHECKED int firewall_change(struct error *e, const char *why, int lock, const char *commands);

/* Is there a table "box"? Returns 1, 0, or -1 if nft(8) can't tell. */
CHECKED int firewall_is_there(struct error *e, int lock);

/* Take all of it away. Returns 0 when the table is gone. */
int firewall_remove(int lock);

#endif
