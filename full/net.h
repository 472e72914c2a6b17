/*
 * net.h - what the network's files share: net.c builds the network, netlink.c sends requests about interfaces to the kernel,
 * and firewall.c passes rules about packets to nft(8). The functions that return int return 0, or -1 with *E filled.
 */
#ifndef NET_H
#define NET_H

#include <linux/rtnetlink.h>
#include <stdalign.h>

#include "box.h"

#define BRIDGE "box0"
#define PREFIX 16	/* of the bridge's subnet */

/* ---- netlink.c ----------------------------------------------------------------------------------- */

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

/* ---- routes.c ------------------------------------------------------------------------------------ */

/* Choose a subnet for the bridge to which the host has no route, and set *GATEWAY to its first address. Errors: there is none. */
CHECKED int choose_gateway(struct error *e, struct in_addr *gateway);

/* Return the MTU of the interface NAME; of the interface with the default route. 1500, if there is none. Larger packets would be lost
 * on the way, or arrive in fragments. netdevice(7) */
int mtu_of(const char *name);
int uplink_mtu(void);

/* ---- conntrack.c --------------------------------------------------------------------------------- */

/* Make the kernel forget the UDP flows to these PORTS of the host, a list that ends with 0, or NULL. It treats their next packets by
 * the rules that hold then, so change the rules first. If this fails, the flows stay as they are. */
void forget_flows(const uint16_t *ports);

/* ---- firewall.c ---------------------------------------------------------------------------------- */

/* Load the table "box", and let those chains of other programs that would drop the bridge's packets accept them. If that fails,
 * print a warning on stderr. nft inherits the descriptor LOCK: if we are killed, the lock lasts until nft has ended. nft(8) */
CHECKED int firewall_load(struct error *e, int lock, struct in_addr gateway);

/* Let nft(8) execute COMMANDS: all of them, or none. */
CHECKED int firewall_change(struct error *e, const char *why, int lock, const char *commands);

/* Returns 1 if the table "box" exists, 0 if it does not, and -1 if nft(8) fails. */
CHECKED int firewall_is_there(struct error *e, int lock);

/* Undo firewall_load(). Returns 0 if the table is gone. */
int firewall_remove(int lock);

#endif
