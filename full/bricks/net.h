/*
 * net.h - what the files of the bridge network share: bridge.c builds the bridge, veth.c a container's cable to it, routes.c looks for
 * a subnet, conntrack.c forgets flows, and firewall.c passes rules about packets to nft(8). Functions that return int return 0, or
 * -1 with *E filled.
 */
#ifndef NET_H
#define NET_H

#include <netinet/in.h>
#include <stdint.h>

#include "base/error.h"

#define BRIDGE "box0"
#define PREFIX 16	/* of the bridge's subnet */

/* ---- bridge.c ------------------------------------------------------------------------------------ */

/* Create the bridge, or complete what a killed box has begun: it is complete only when the register REG says so. Sets *GATEWAY to its
 * address. */
CHECKED int build_bridge(struct error *e, int reg, struct in_addr *gateway);

/* The bridge's address in the subnet of ADDRESS: its first. */
struct in_addr gateway_of(struct in_addr address);

/* Remove the bridge if it is ours, what belongs to it, and the register. */
void remove_bridge(int reg);

/* Add to a batch: the interface's MAC address, which follows from its IPv4 ADDRESS, so that the neighbours' ARP entries stay valid if
 * the address is used again; the requests that give the interface NAME its ADDRESS, and bring it up. */
struct batch;
void request_mac(struct batch *b, struct in_addr address);
void request_up(struct batch *b, const char *name, struct in_addr address);

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
