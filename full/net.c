/*
 * net.c - step 6: a network of its own, a cable to the bridge that all containers share, and published ports.
 *
 *   see      box run ROOTFS ip address; on the host: bridge link; ls -l /run/box-net-*
 *   break    box run --without veth ROOTFS ip address
 *   read     step6-net/README.md; network_namespaces(7), veth(4), bridge(8), ip-sysctl(7)
 *
 * A directory for each of the host's network namespaces is the register of what is in use. Its entries are symbolic links:
 * symlink(2) gives a name to only one caller, and records the owner in the same call:
 *
 *   10.88.0.2 -> /var/lib/box/web      an address, and the container that has it
 *   tcp.8080 -> /var/lib/box/web       a published port
 *   box0 -> ours                       box created the bridge, so box has to remove it
 *   gateway -> 10.88.0.1               the bridge is complete
 *   ip_forward -> 0                    a setting of the host, as it was before
 *
 * A lock on the directory (flock(2)) keeps the bridge in place while a container is created. The last container removes
 * the bridge. If a box is killed before it can clean up, the next box does it, by these names.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/veth.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bricks.h"
#include "net.h"

/* None, if net_outside() creates the namespace. A network namespace that belongs to a user namespace must be created
 * together with it. And a process that is root only in a user namespace could not return to the network that it leaves. */
unsigned long net_flags(const struct spec *s)
{
	CLOSED int ours = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	return s->network == NETWORK_HOST || (!s->userns && setns(ours, CLONE_NEWNET) == 0) ? 0 : CLONE_NEWNET;
}

/* An ioctl(2) is a tenth faster than rtnetlink, and every container needs this. */
static int raise_lo(struct container *c)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	CLOSED int any = DO(&c->error, "open a socket for the request", socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));

	return any == -1 ? -1 : SHOW(&c->error, "bring lo up: a new lo is down", ioctl(any, SIOCSIFFLAGS, &lo),
				     "ioctl(%d, SIOCSIFFLAGS, {lo, IFF_UP})", any);
}

/* The network namespace takes longer than all the others, so the outside creates it while the inside mounts. */
int net_outside(struct container *c)
{
	CLOSED int hosts = -1;

	if (c->spec->network == NETWORK_HOST || c->namespaces & CLONE_NEWNET)
		return 0;
	hosts = DO(&c->error, "keep a descriptor of the host's network, to return to it",
		   open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
	if (hosts == -1 ||
	    DO(&c->error, "create a network namespace for the container", unshare(CLONE_NEWNET)) == -1)
		return -1;
	c->handed = raise_lo(c) == -1 ? -1 :
		    DO(&c->error, "keep a descriptor of the container's network", open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
	if (SHOW(&c->error, "return to the host's network", setns(hosts, CLONE_NEWNET), "setns(%d, CLONE_NEWNET)", hosts) == -1) {
		fprintf(stderr, "box: %s\n", c->error.text);
		_exit(125);	/* we can't clean up on the host from here; the next box does it, as if we had been killed */
	}
	return c->handed == -1 ? -1 : send_descriptor(&c->error, "pass the network to the inside", c->channel, c->handed);
}

int net_inside(struct container *c)
{
	host_is_done(c);
	if (c->spec->network == NETWORK_HOST)
		return 0;
	return c->handed == -1 ? raise_lo(c) :
	       SHOW(&c->error, "enter the container's network", setns(c->handed, CLONE_NEWNET), "setns(%d, CLONE_NEWNET)", c->handed);
}

static bool bridged(const struct container *c)
{
	return c->spec->network == NETWORK_BRIDGE && with(c, "net") && !c->rootless;	/* slirp.c does it without root */
}

/* ---- The register of what is in use -------------------------------------------------------------- */

static int register_path(char path[64])
{
	struct stat us = { 0 };
	int result = stat("/proc/self/ns/net", &us);

	snprintf(path, 64, "/run/box-net-%lu", (unsigned long)us.st_ino);
	return result;
}

static int open_register(struct error *e, bool make, int how)
{
	static const char why[] = "open the register of addresses and ports";
	char path[64];
	int fd = -1;

	if (register_path(path) == -1)
		return fail_call(e, why, "stat(\"/proc/self/ns/net\")");
	do {
		if (make && MAY(why, mkdir(path, 0700), "mkdir(\"%s\", 0700)", path) == -1 && errno != EEXIST)
			break;
		fd = MAY("lock the register", lock_directory(AT_FDCWD, path, how), "flock(<%s>, LOCK_EX)", path);
	} while (fd == -1 && make && errno == ENOENT);
	return fd != -1 ? fd : fail_call(e, why, "open(\"%s\")", path);
}

static int take(struct error *e, const char *why, int reg, const char *name, const char *whose)
{
	return SHOW(e, why, symlinkat(whose, reg, name), "symlinkat(\"%s\", %d, \"%s\")", whose, reg, name);
}

/* Returns the register's entry for NAME, or "" if there is none. */
static char *look_up(int reg, const char *name, char text[PATH_MAX])
{
	ssize_t length = readlinkat(reg, name, text, PATH_MAX - 1);

	text[length > 0 ? length : 0] = '\0';
	return text;
}

/* An owner in the register is the container's directory, an absolute path. */
static void owner_of(const struct container *c, char owner[PATH_MAX])
{
	snprintf(owner, PATH_MAX, "%.*s/%s", PATH_MAX - NAME_MAX - 2, c->root, c->id);
}

/*
 * Remove OWNER's entries from the register, and the entries of owners whose directory is gone. Its ports were published
 * all at once or not at all, and are withdrawn in the same way. Those of UDP are added to the list *UDP. Returns how many entries
 * of others remain, or 1 if we can't tell.
 */
static int strike_off(int reg, const char *owner, uint16_t **udp)
{
	char whose[PATH_MAX], *text FREED = NULL;
	struct error ignored = { 0 };
	struct dirent *entry;
	size_t size = 0;
	FILE *ports = open_memstream(&text, &size);
	DIR *all LISTED = fdopendir(openat(reg, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	int others = !ports || !all;

	while (ports && all && (errno = 0, entry = readdir(all))) {
		if (*look_up(reg, entry->d_name, whose) != '/') {
			others += !*whose && errno != EINVAL && errno != ENOENT;
			continue;
		}
		if (strcmp(whose, owner) == 0) {
			const uint16_t port = *entry->d_name == 'u' ? strtoul(entry->d_name + 4, NULL, 10) : 0;

			*udp = port ? append(*udp, sizeof port, &port) : *udp;
			if (*entry->d_name > '9')
				fprintf(ports, "delete element ip box ports { %.3s . %s }\n", entry->d_name, entry->d_name + 4);
			MAY("remove it from the register", unlinkat(reg, entry->d_name, 0), "unlinkat(%d, \"%s\")", reg, entry->d_name);
		} else if (access(whose, F_OK) == -1 && errno == ENOENT) {
			strike_off(reg, whose, udp);
		} else {
			others++;
		}
	}
	others += ports && all && errno;
	if (ports && fclose(ports) == 0 && others && size)
		(void)!firewall_change(&ignored, "withdraw the container's ports", reg, text);
	return others;
}

/* ---- The bridge ---------------------------------------------------------------------------------- */

/* The MAC address follows from the IPv4 address. If an address is used again, the neighbours' ARP entries stay valid. */
static void request_mac(struct batch *b, struct in_addr address)
{
	unsigned char mac[6] = { 0x02 };	/* locally administered */

	memcpy(mac + 2, &address, sizeof address);
	attribute(b, IFLA_ADDRESS, mac, sizeof mac);
}

static void request_up(struct batch *b, const char *name, struct in_addr address)
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
		if (take(e, "record the host's setting", reg, settings[i].name, value) == -1 && errno != EEXIST)
			return -1;
	}
	return put(e, "let the host forward packets", AT_FDCWD, settings[0].path, "1");
}

/* The register lists what we have made, or begun to make. Anything else with these names is the host's. */
static int check_names(struct error *e, int reg)
{
	char text[PATH_MAX];
	int found;

	if (*look_up(reg, BRIDGE, text))
		return 0;
	if (if_nametoindex(BRIDGE))
		return fail(e, "the host has a " BRIDGE " that box did not create; run ip link delete " BRIDGE ", or use --network none or host");
	found = firewall_is_there(e, reg);	/* before anything is recorded: without nft, nothing of ours ever was there */
	if (found == 1)
		return fail(e, "the host has a table ip box that box did not create; run nft delete table ip box, or use --network none or host");
	return found;
}

/* Repeats what a killed box has begun. The bridge is complete only when the register says so. */
static int build_bridge(struct error *e, int reg, struct in_addr *gateway)
{
	const struct ifinfomsg any = { 0 };
	const int mtu = uplink_mtu();
	struct batch make = { 0 }, raise = { 0 };
	struct rtattr *info;
	char text[PATH_MAX];

	if (check_names(e, reg) == -1)
		return -1;
	if (choose_gateway(e, gateway) == -1 || (take(e, "record that the bridge is ours", reg, BRIDGE, "ours") == -1 && errno != EEXIST))
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
	return take(e, "record that the bridge is complete", reg, "gateway", text);
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

		if (forwards && *look_up(reg, settings[i].name, before))
			(void)!put(&ignored, "restore the host's setting", AT_FDCWD, settings[i].path, ours ? before : now[i]);
		unlinkat(reg, settings[i].name, 0);
	}
}

static void remove_bridge(int reg)
{
	const struct ifinfomsg any = { 0 };
	struct batch b = { 0 };
	struct error ignored = { 0 };
	char value[PATH_MAX];
	const bool ours = *look_up(reg, BRIDGE, value);
	const bool closed = ours && firewall_remove(reg) == 0;

	request(&b, RTM_DELLINK, 0, &any, sizeof any, "RTM_DELLINK " BRIDGE);
	attribute(&b, IFLA_IFNAME, BRIDGE, sizeof BRIDGE);
	if (ours)
		(void)!ask(&ignored, "remove the bridge", &b);
	restore_settings(reg);
	unlinkat(reg, "gateway", 0);
	if (closed && !if_nametoindex(BRIDGE))
		unlinkat(reg, BRIDGE, 0);	/* a bridge and a table without this entry count as the host's */
	register_path(value);
	MAY("remove the register", rmdir(value), "rmdir(\"%s\")", value);
}

/* ---- The container's ----------------------------------------------------------------------------- */

/* Take the first free address. */
static int take_address(struct container *c, int reg, const char *owner, struct in_addr gateway)
{
	char text[INET_ADDRSTRLEN];

	for (uint32_t i = 1; i < (1u << (32 - PREFIX)) - 2; i++) {
		struct in_addr one = { htonl(ntohl(gateway.s_addr) + i) };

		inet_ntop(AF_INET, &one, text, sizeof text);
		if (take(&c->error, "reserve an address", reg, text, owner) == 0) {
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
		"bind(%d, {0.0.0.0, %s})", fd, name) == -1)
		return errno != EADDRINUSE ? fail_call(e, "publish a port", "bind(%s)", name) :
		       fail(e, "--publish %d: a program of the host uses this port; ss -lntup shows which; use another port", p->host);
	return 0;
}

static int publish(struct container *c, int reg, const char *owner)
{
	char whose[PATH_MAX], name[16], address[INET_ADDRSTRLEN], *text FREED = NULL;
	uint16_t *udp FREED = NULL;
	const struct port *p = c->spec->ports;
	size_t size = 0;
	FILE *commands = p ? open_memstream(&text, &size) : NULL;

	if (!commands)
		return p ? fail_call(&c->error, "publish a port", "open_memstream()") : 0;
	inet_ntop(AF_INET, &c->address, address, sizeof address);
	for (; p->host; p++) {
		snprintf(name, sizeof name, "%s.%d", p->udp ? "udp" : "tcp", p->host);
		if (take(&c->error, "reserve the port", reg, name, owner) == -1) {
			if (c->error.number == EEXIST && strcmp(look_up(reg, name, whose), owner) == 0)
				fail(&c->error, "--publish %d: this port is published twice; a port of the host leads to one port only", p->host);
			else if (c->error.number == EEXIST)
				fail(&c->error, "--publish %d: container %s has published this port; use another port, or stop that container",
				     p->host, strrchr(look_up(reg, name, whose), '/') + 1);
			break;
		}
		if (check_free(&c->error, p, name) == -1)
			break;
		udp = p->udp ? append(udp, sizeof p->host, &p->host) : udp;
		fprintf(commands, "add element ip box ports { %.3s . %d : %s . %d }\n", name, p->host, address, p->container);
	}
	fclose(commands);
	if (p->host || firewall_change(&c->error, "publish the container's ports", reg, text) == -1)
		return -1;
	forget_flows(udp);
	return 0;
}

/* Runs before the container exists, so that its /etc/hosts can have the address. */
int veth_before(struct container *c)
{
	char text[PATH_MAX], owner[PATH_MAX];
	struct in_addr gateway = { 0 };
	CLOSED int reg = -1;

	if (!bridged(c))
		return 0;
	if ((reg = open_register(&c->error, true, 0)) == -1)
		return -1;
	if ((!if_nametoindex(BRIDGE) || inet_pton(AF_INET, look_up(reg, "gateway", text), &gateway) != 1) &&
	    build_bridge(&c->error, reg, &gateway) == -1)
		return -1;
	owner_of(c, owner);
	return take_address(c, reg, owner, gateway) == -1 ? -1 : publish(c, reg, owner);
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
	const int mtu = mtu_of(BRIDGE);
	char name[IFNAMSIZ];
	int bridge;

	if (!bridged(c))
		return 0;
	if (!(bridge = if_nametoindex(BRIDGE)))
		return fail(&c->error, "somebody has deleted " BRIDGE " meanwhile; run box again");
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
	if (c->spec->ports)
		request_hairpin(&b, name);
	return ask(&c->error, "connect a cable to the container", &b);
}

int veth_inside(struct container *c)
{
	const struct rtmsg everywhere = { .rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN,
					  .rtm_protocol = RTPROT_STATIC, .rtm_type = RTN_UNICAST };
	const uint32_t gateway = (c->address.s_addr & htonl(~0u << (32 - PREFIX))) | htonl(1);
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

	if ((c->spec && !bridged(c)) || (reg = open_register(&ignored, false, *c->id ? 0 : LOCK_NB)) == -1)
		return;
	owner_of(c, owner);
	if (strike_off(reg, owner, &udp) == 0)
		remove_bridge(reg);
	forget_flows(udp);
}
