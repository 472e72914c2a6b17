/*
 * veth.c - step 6: a cable to the bridge, an address, a route, and published ports.
 *
 *   see      box run ROOTFS ip address; on the host: bridge link; ls -l /run/box-net-*
 *   break    box run --without veth ROOTFS ip address
 *   read     step6-net/README.md; veth(4), rtnetlink(7)
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/veth.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>

#include "base/list.h"
#include "base/netlink.h"
#include "bricks/brick.h"
#include "bricks/net.h"
#include "bricks/register.h"

static bool bridged(const struct container *c)
{
	return c->spec->own.network == NETWORK_BRIDGE && with(c->spec, "net") && !c->rootless;	/* slirp.c does it without root */
}

/* Take the first free address. */
static int take_address(struct container *c, int reg, const char *owner, struct in_addr gateway)
{
	char text[INET_ADDRSTRLEN];

	for (uint32_t i = 1; i < (1u << (32 - PREFIX)) - 2; i++) {
		struct in_addr one = { htonl(ntohl(gateway.s_addr) + i) };

		inet_ntop(AF_INET, &one, text, sizeof text);
		if (register_take(&c->error, "reserve an address", reg, text, owner) == 0) {
			c->address = one;
			return 0;
		}
		if (errno != EEXIST)
			return -1;
	}
	return fail(&c->error, "no free address on " BRIDGE "; stop a container (box ps lists them)");
}

/* Otherwise a program of the host would lose its port to the container without an error. */
static int check_free(struct error *e, const struct port *p, const char *name)
{
	const struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(p->host) };
	CLOSED int fd = socket(AF_INET, (p->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
	int reuse = !p->udp;	/* connections that have ended don't count */

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
	if (MAY("check that no program of the host uses the port", bind(fd, (const struct sockaddr *)&any, sizeof any),
		"bind(%d, {0.0.0.0, %s})", fd, name) == 0)
		return 0;
	if (errno != EADDRINUSE)
		return fail_call(e, "publish a port", "bind(%s)", name);
	return fail(e, "--publish %d: a program of the host uses this port; ss -lntup shows which; use another port", p->host);
}

static int reserve(struct container *c, int reg, const char *owner, const struct port *p, const char *name)
{
	char whose[PATH_MAX];

	if (register_take(&c->error, "reserve the port", reg, name, owner) == 0)
		return check_free(&c->error, p, name);
	if (c->error.number != EEXIST)
		return -1;
	if (strcmp(register_look_up(reg, name, whose), owner) == 0)
		return fail(&c->error, "--publish %d: this port is published twice; a port of the host leads to one port only", p->host);
	return fail(&c->error, "--publish %d: container %s has published this port; use another port, or stop that container",
		    p->host, strrchr(whose, '/') + 1);
}

static int publish(struct container *c, int reg, const char *owner)
{
	char name[16], address[INET_ADDRSTRLEN], *text FREED = NULL;
	uint16_t *udp FREED = NULL;
	size_t size = 0;
	FILE *commands = open_memstream(&text, &size);
	int result = 0;

	inet_ntop(AF_INET, &c->address, address, sizeof address);
	for (const struct port *p = c->spec->own.ports; commands && result == 0 && p->host; p++) {
		snprintf(name, sizeof name, "%s.%d", p->udp ? "udp" : "tcp", p->host);
		result = reserve(c, reg, owner, p, name);
		if (p->udp)
			udp = append(udp, sizeof p->host, &p->host);
		fprintf(commands, "add element ip box ports { %.3s . %d : %s . %d }\n", name, p->host, address, p->container);
	}
	if (close_text(commands) == -1 && result == 0)
		result = fail_call(&c->error, "publish a port", "open_memstream()");
	if (result == -1 || firewall_change(&c->error, "publish the container's ports", reg, text) == -1)
		return -1;
	forget_flows(udp);
	return 0;
}

/* Is the bridge there, with all that belongs to it? Then set *GATEWAY to its address. */
static bool is_complete(int reg, struct in_addr *gateway)
{
	char text[PATH_MAX];

	return if_nametoindex(BRIDGE) && inet_pton(AF_INET, register_look_up(reg, "gateway", text), gateway) == 1;
}

/* Runs before the container exists, so that its /etc/hosts can have the address. */
int veth_before(struct container *c)
{
	char owner[PATH_MAX];
	struct in_addr gateway = { 0 };
	CLOSED int reg = -1;

	if (!bridged(c))
		return 0;
	if ((reg = register_open(&c->error, true, 0)) == -1)
		return -1;
	if (!is_complete(reg, &gateway) && build_bridge(&c->error, reg, &gateway) == -1)
		return -1;
	register_name(c, owner);
	if (take_address(c, reg, owner, gateway) == -1)
		return -1;
	return c->spec->own.ports ? publish(c, reg, owner) : 0;
}

/* A container that calls its own published port sends packets that the bridge has to return through the same cable. With
 * br_netfilter, the bridge itself translates their addresses, and then it does this only in hairpin mode. */
static void request_hairpin(struct batch *b, const char *name)
{
	const struct ifinfomsg any = { 0 };
	const uint8_t on = 1;
	struct rtattr *info, *data;

	request(b, RTM_NEWLINK, 0, &any, sizeof any, "RTM_NEWLINK %s, hairpin mode", name);
	attribute(b, IFLA_IFNAME, name, strlen(name) + 1);
	info = attribute(b, IFLA_LINKINFO, NULL, 0);
	attribute(b, IFLA_INFO_SLAVE_KIND, "bridge", strlen("bridge"));
	data = attribute(b, IFLA_INFO_SLAVE_DATA, NULL, 0);
	attribute(b, IFLA_BRPORT_MODE, &on, sizeof on);
	end(b, data);
	end(b, info);
}

/* One end on the bridge, the other as eth0 in the container, in one request. */
int veth_outside(struct container *c)
{
	const struct ifinfomsg up = { .ifi_flags = IFF_UP, .ifi_change = IFF_UP }, any = { 0 };
	struct rtattr *info, *data, *peer;
	struct batch b = { 0 };
	char name[IFNAMSIZ];
	int bridge, mtu;

	if (!bridged(c))
		return 0;
	if (!(bridge = if_nametoindex(BRIDGE)))
		return fail(&c->error, "somebody has deleted " BRIDGE " meanwhile; run box again");
	mtu = mtu_of(BRIDGE);
	snprintf(name, sizeof name, "box%d", c->pid);
	request(&b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &up, sizeof up,
		"RTM_NEWLINK veth %s at " BRIDGE ", eth0 in the namespace of %d", name, c->pid);
	attribute(&b, IFLA_IFNAME, name, strlen(name) + 1);
	attribute(&b, IFLA_MASTER, &bridge, sizeof bridge);
	attribute(&b, IFLA_MTU, &mtu, sizeof mtu);
	info = attribute(&b, IFLA_LINKINFO, NULL, 0);
	attribute(&b, IFLA_INFO_KIND, "veth", strlen("veth"));
	data = attribute(&b, IFLA_INFO_DATA, NULL, 0);
	peer = attribute(&b, VETH_INFO_PEER, &any, sizeof any);
	attribute(&b, IFLA_IFNAME, "eth0", sizeof "eth0");
	attribute(&b, IFLA_MTU, &mtu, sizeof mtu);
	request_mac(&b, c->address);
	if (c->handed >= 0)
		attribute(&b, IFLA_NET_NS_FD, &c->handed, sizeof c->handed);
	else
		attribute(&b, IFLA_NET_NS_PID, &c->pid, sizeof c->pid);
	end(&b, peer);
	end(&b, data);
	end(&b, info);
	if (c->spec->own.ports)
		request_hairpin(&b, name);
	return ask(&c->error, "connect a cable to the container", &b);
}

int veth_inside(struct container *c)
{
	const struct rtmsg everywhere = { .rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN,
					  .rtm_protocol = RTPROT_STATIC, .rtm_type = RTN_UNICAST };
	const struct in_addr gateway = gateway_of(c->address);
	struct error ignored = { 0 };
	struct batch b = { 0 };

	if (!bridged(c))
		return 0;
	/* Otherwise ping would need CAP_NET_RAW. In a user namespace with only one mapped group, this write fails. */
	(void)!put(&ignored, "let every user ping", AT_FDCWD, "/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
	request_up(&b, "eth0", c->address);
	request(&b, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &everywhere, sizeof everywhere, "RTM_NEWROUTE default");
	attribute(&b, RTA_GATEWAY, &gateway, sizeof gateway);
	return ask(&c->error, "set the address, and the default route through the bridge", &b);
}

/* The cable ends with the container's network namespace. Without a container, this cleans up what others left, unless the
 * register is locked. */
void veth_undo(struct container *c)
{
	struct error ignored = { 0 };
	uint16_t *udp FREED = NULL;
	char owner[PATH_MAX];
	CLOSED int reg = -1;

	if (c->spec && !bridged(c))
		return;
	if ((reg = register_open(&ignored, false, *c->id ? 0 : LOCK_NB)) == -1)
		return;
	register_name(c, owner);
	if (register_strike_off(reg, owner, &udp) == 0)
		remove_bridge(reg);
	forget_flows(udp);
}
