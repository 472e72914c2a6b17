/*
 * bridge.c - the bridge that all containers share, and the settings of the host that it needs.
 *
 *   see      on the host, while a container runs: ip address show box0; bridge link; nft list table ip box
 *   read     step6-net/README.md; bridge(8), ip-sysctl(7)
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/netlink.h"
#include "base/say.h"
#include "bricks/net.h"
#include "bricks/register.h"

void request_mac(struct batch *b, struct in_addr address)
{
	unsigned char mac[6] = { 0x02 };	/* locally administered */

	memcpy(mac + 2, &address, sizeof address);
	attribute(b, IFLA_ADDRESS, mac, sizeof mac);
}

struct in_addr gateway_of(struct in_addr address)
{
	return (struct in_addr){ (address.s_addr & htonl(~0u << (32 - PREFIX))) | htonl(1) };
}

void request_up(struct batch *b, const char *name, struct in_addr address)
{
	int index = if_nametoindex(name);
	const struct ifaddrmsg place = { .ifa_family = AF_INET, .ifa_prefixlen = PREFIX, .ifa_index = index };
	const struct ifinfomsg up = { .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	char text[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &address, text, sizeof text);
	request(b, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &place, sizeof place, "RTM_NEWADDR %s %s/%d", name, text, PREFIX);
	attribute(b, IFA_LOCAL, &address, sizeof address);
	request(b, RTM_NEWLINK, 0, &up, sizeof up, "RTM_NEWLINK %s IFF_UP", name);
}

/* Setting ip_forward also changes accept_redirects, which would stay changed. OURS is the value that each has then. */
static const struct { const char *name, *path, *ours; } settings[] = {
	{ "ip_forward", "/proc/sys/net/ipv4/ip_forward", "1" },
	{ "accept_redirects", "/proc/sys/net/ipv4/conf/all/accept_redirects", "0" },
};

enum { SETTINGS = sizeof settings / sizeof *settings };

static int forward_packets(struct error *e, int reg)
{
	char value[16];

	if (get(AT_FDCWD, settings[0].path, value, sizeof value) > 0 && *value == '1')
		return 0;
	for (int i = 0; i < SETTINGS; i++) {
		get(AT_FDCWD, settings[i].path, value, sizeof value);
		value[strcspn(value, "\n")] = '\0';
		if (register_take(e, "record the host's setting", reg, settings[i].name, value) == -1 && errno != EEXIST)
			return -1;
	}
	return put(e, "let the host forward packets", AT_FDCWD, settings[0].path, "1");
}

/* The register lists what we have made, or begun to make. Anything else with these names is the host's. */
static int check_names(struct error *e, int reg)
{
	char text[PATH_MAX];
	int found;

	if (*register_look_up(reg, BRIDGE, text))
		return 0;
	if (if_nametoindex(BRIDGE))
		return fail(e, "the host has a " BRIDGE " that box did not create; run ip link delete " BRIDGE ", or use --network none or host");
	found = firewall_is_there(e, reg);	/* before anything is recorded: without nft, nothing of ours ever was there */
	if (found == 1)
		return fail(e, "the host has a table ip box that box did not create; run nft delete table ip box, or use --network none or host");
	return found;
}

int build_bridge(struct error *e, int reg, struct in_addr *gateway)
{
	const struct ifinfomsg any = { 0 };
	const int mtu = uplink_mtu();
	struct batch make = { 0 }, raise = { 0 };
	struct rtattr *info;
	char text[PATH_MAX];

	if (check_names(e, reg) == -1 || choose_gateway(e, gateway) == -1)
		return -1;
	if (register_take(e, "record that the bridge is ours", reg, BRIDGE, "ours") == -1 && errno != EEXIST)
		return -1;
	request(&make, RTM_NEWLINK, NLM_F_CREATE, &any, sizeof any, "RTM_NEWLINK bridge " BRIDGE);
	attribute(&make, IFLA_IFNAME, BRIDGE, sizeof BRIDGE);
	attribute(&make, IFLA_MTU, &mtu, sizeof mtu);
	request_mac(&make, *gateway);
	info = attribute(&make, IFLA_LINKINFO, NULL, 0);
	attribute(&make, IFLA_INFO_KIND, "bridge", strlen("bridge"));
	end(&make, info);
	if (ask(e, "create the bridge", &make) == -1) {
		remedy(e, EOPNOTSUPP, "the kernel does not support bridges; run modprobe bridge, or use --network none or host");
		return remedy(e, EPERM, "this requires CAP_NET_ADMIN; use --network none or host");
	}
	if (firewall_load(e, reg, *gateway) == -1 || forward_packets(e, reg) == -1 ||
	    put(e, "let the host's 127.0.0.1 reach published ports", AT_FDCWD,
		"/proc/sys/net/ipv4/conf/" BRIDGE "/route_localnet", "1") == -1)
		return remedy(e, EROFS, "box may be running in a container; use --network none or host");
	request_up(&raise, BRIDGE, *gateway);
	inet_ntop(AF_INET, gateway, text, INET_ADDRSTRLEN);
	if (ask(e, "give the bridge its address", &raise) == -1)
		return -1;
	unlinkat(reg, "gateway", 0);	/* left from a bridge that somebody has deleted */
	return register_take(e, "record that the bridge is complete", reg, "gateway", text);
}

/* If the host does not forward packets, somebody has changed what we have set, and all settings stay. The kernel changes
 * accept_redirects with ip_forward. If it has another value than the kernel's by now, it keeps that value. */
static void restore_settings(int reg)
{
	char now[SETTINGS][16], before[PATH_MAX];
	struct error ignored = { 0 };
	bool forwards;

	for (int i = 0; i < SETTINGS; i++) {
		get(AT_FDCWD, settings[i].path, now[i], sizeof now[i]);
		now[i][strcspn(now[i], "\n")] = '\0';
	}
	forwards = strcmp(now[0], "1") == 0;
	for (int i = 0; i < SETTINGS; i++) {
		const bool ours = strcmp(now[i], settings[i].ours) == 0;

		if (forwards && *register_look_up(reg, settings[i].name, before))
			(void)!put(&ignored, "restore the host's setting", AT_FDCWD, settings[i].path, ours ? before : now[i]);
		unlinkat(reg, settings[i].name, 0);
	}
}

void remove_bridge(int reg)
{
	const struct ifinfomsg any = { 0 };
	struct batch b = { 0 };
	struct error ignored = { 0 };
	char value[PATH_MAX];
	const bool ours = *register_look_up(reg, BRIDGE, value);
	const bool closed = ours && firewall_remove(reg) == 0;

	request(&b, RTM_DELLINK, 0, &any, sizeof any, "RTM_DELLINK " BRIDGE);
	attribute(&b, IFLA_IFNAME, BRIDGE, sizeof BRIDGE);
	if (ours)
		(void)!ask(&ignored, "remove the bridge", &b);
	restore_settings(reg);
	unlinkat(reg, "gateway", 0);
	if (closed && !if_nametoindex(BRIDGE))
		unlinkat(reg, BRIDGE, 0);	/* a bridge and a table without this entry count as the host's */
	register_close_down();
}
