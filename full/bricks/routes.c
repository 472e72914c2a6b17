/*
 * routes.c - what the host's routes and interfaces tell: which subnets are in use, and how large a packet may be.
 *
 *   see      cat /proc/net/route; ip route
 *   read     proc(5), netdevice(7)
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "bricks/net.h"

/* Is there a route that overlaps NETWORK? Default routes, and halves of them, don't count. */
static bool is_routed(uint32_t network)
{
	FILE *routes READ = fopen("/proc/net/route", "re");
	char line[256], interface[32];
	unsigned destination, mask;
	bool found = false;

	while (routes && !found && fgets(line, sizeof line, routes))
		found = sscanf(line, "%31s %x %*s %*s %*s %*s %*s %x", interface, &destination, &mask) == 3 &&
			strcmp(interface, BRIDGE) != 0 && ntohl(mask) >> 24 == 0xff &&
			((ntohl(destination) ^ network) & ntohl(mask) & ~0u << (32 - PREFIX)) == 0;
	return found;
}

int choose_gateway(struct error *e, struct in_addr *gateway)
{
	for (uint32_t i = 0; i < 40 + 16; i++) {
		uint32_t network = i < 40 ? 10u << 24 | (88 + i) << 16 : 172u << 24 | (16 + i - 40) << 16;

		gateway->s_addr = htonl(network + 1);
		if (!is_routed(network))
			return 0;
	}
	return fail(e, "no free subnet for the bridge: the host has routes to all of 10.88.0.0/16 to 10.127.0.0/16 "
		    "and 172.16.0.0/12; delete one, or use --network none or host");
}

int mtu_of(const char *name)
{
	CLOSED int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq it = { 0 };

	snprintf(it.ifr_name, sizeof it.ifr_name, "%s", name);
	return ioctl(any, SIOCGIFMTU, &it) == 0 ? it.ifr_mtu : 1500;
}

int uplink_mtu(void)
{
	FILE *routes READ = fopen("/proc/net/route", "re");
	char line[256], name[IFNAMSIZ];
	unsigned destination, mask;

	while (routes && fgets(line, sizeof line, routes))
		if (sscanf(line, "%15s %x %*s %*s %*s %*s %*s %x", name, &destination, &mask) == 3 && !destination && !mask)
			return mtu_of(name);
	return 1500;
}
