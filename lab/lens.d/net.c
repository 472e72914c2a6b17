/*
 * net.c - interfaces and their peers, read from the kernel by rtnetlink.
 *
 * An interface identifies its peer by two numbers: the peer's index (IFLA_LINK), and this namespace's
 * ID for the peer's namespace (IFLA_LINK_NETNSID). RTM_GETNSID returns the ID of a given namespace.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "lens.h"

enum { NOWHERE = -1 };

/* A request: the netlink header, the header of its message type, and attributes. */
struct request {
	struct nlmsghdr header;
	char body[64];
};

typedef void reader(struct side *s, const struct nlmsghdr *answer);

/* Send a request, and call READ for each answer. */
static void ask(int kernel, const struct request *r, reader *read, struct side *s)
{
	static char answers[1 << 16] __attribute__((aligned(NLMSG_ALIGNTO)));
	bool more = send(kernel, r, r->header.nlmsg_len, 0) != -1;

	while (more) {
		ssize_t length = recv(kernel, answers, sizeof answers, 0);

		more = r->header.nlmsg_flags & NLM_F_DUMP && length > 0;
		for (const struct nlmsghdr *a = (void *)answers; length > 0 && NLMSG_OK(a, length);
		     a = NLMSG_NEXT(a, length))
			if (a->nlmsg_type == NLMSG_DONE || a->nlmsg_type == NLMSG_ERROR)
				more = false;
			else
				read(s, a);
	}
}

static void dump(int kernel, int type, reader *read, struct side *s)
{
	/* Every message type's header begins with the address family; 0 means any. */
	struct request r = { .header = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
					 .nlmsg_type = type,
					 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP } };

	ask(kernel, &r, read, s);
}

static int number(const struct rtattr *a)
{
	int value;

	memcpy(&value, RTA_DATA(a), sizeof value);
	return value;
}

static void read_link(struct side *s, const struct nlmsghdr *answer)
{
	const struct ifinfomsg *about = NLMSG_DATA(answer);
	int length = IFLA_PAYLOAD(answer);
	struct interface *i = &s->links[s->link_count];

	if (answer->nlmsg_type != RTM_NEWLINK || s->link_count == LINKS)
		return;
	*i = (struct interface){
		.index = about->ifi_index, .up = about->ifi_flags & IFF_UP, .kin_ns = NOWHERE, .peer = NOWHERE
	};
	for (const struct rtattr *a = IFLA_RTA(about); RTA_OK(a, length); a = RTA_NEXT(a, length))
		if (a->rta_type == IFLA_IFNAME)
			snprintf(i->name, sizeof i->name, "%s", (char *)RTA_DATA(a));
		else if (a->rta_type == IFLA_LINK)
			i->kin = number(a);
		else if (a->rta_type == IFLA_LINK_NETNSID)
			i->kin_ns = number(a);
	s->link_count++;
}

/* On a point-to-point link, IFA_ADDRESS is the peer's address, and IFA_LOCAL is ours. */
static void read_address(struct side *s, const struct nlmsghdr *answer)
{
	const struct ifaddrmsg *about = NLMSG_DATA(answer);
	int length = IFA_PAYLOAD(answer), free = 0;
	const void *address = NULL;
	char text[INET6_ADDRSTRLEN];
	struct interface *i = s->links;

	while (i < s->links + s->link_count && i->index != (int)about->ifa_index)
		i++;
	if (answer->nlmsg_type != RTM_NEWADDR || i == s->links + s->link_count)
		return;
	for (const struct rtattr *a = IFA_RTA(about); RTA_OK(a, length); a = RTA_NEXT(a, length))
		if (a->rta_type == IFA_LOCAL || (a->rta_type == IFA_ADDRESS && !address))
			address = RTA_DATA(a);
	while (free < ADDRESSES && *i->addresses[free])
		free++;
	if (address && free < ADDRESSES && inet_ntop(about->ifa_family, address, text, sizeof text))
		snprintf(i->addresses[free], sizeof i->addresses[free], "%s/%d", text, about->ifa_prefixlen);
}

static void read_other_ns(struct side *s, const struct nlmsghdr *answer)
{
	const struct rtattr *a = (void *)((char *)NLMSG_DATA(answer) + NLMSG_ALIGN(sizeof(struct rtgenmsg)));
	int length = NLMSG_PAYLOAD(answer, NLMSG_ALIGN(sizeof(struct rtgenmsg)));

	for (; answer->nlmsg_type == RTM_NEWNSID && RTA_OK(a, length); a = RTA_NEXT(a, length))
		if (a->rta_type == NETNSA_NSID)
			s->other_ns = number(a);
}

/* This namespace's ID for the network namespace that FD refers to. */
static void ask_for_other_ns(int kernel, int fd, struct side *s)
{
	struct request r = { .header = { .nlmsg_type = RTM_GETNSID, .nlmsg_flags = NLM_F_REQUEST } };
	struct rtattr *a = (void *)(r.body + NLMSG_ALIGN(sizeof(struct rtgenmsg)));

	s->other_ns = NOWHERE;
	a->rta_type = NETNSA_FD;
	a->rta_len = RTA_LENGTH(sizeof fd);
	memcpy(RTA_DATA(a), &fd, sizeof fd);
	r.header.nlmsg_len = NLMSG_LENGTH(NLMSG_ALIGN(sizeof(struct rtgenmsg)) + RTA_SPACE(sizeof fd));
	if (fd != -1)
		ask(kernel, &r, read_other_ns, s);
}

/* Read the interfaces of our own network namespace. */
void read_links(struct side *s, int other_ns_fd)
{
	int kernel = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	s->link_count = kernel == -1 ? -1 : 0;
	if (kernel == -1)
		return;
	dump(kernel, RTM_GETLINK, read_link, s);
	dump(kernel, RTM_GETADDR, read_address, s);
	ask_for_other_ns(kernel, other_ns_fd, s);
	close(kernel);
}

/* Without permission to enter the network namespace, we can still read the interfaces' names. */
void read_link_names(struct side *s, int proc)
{
	FILE *file = open_file(proc, "net/dev");
	char line[1024], name[IFNAMSIZ];

	s->link_count = file ? 0 : -1;
	s->other_ns = NOWHERE;
	while (file && s->link_count < LINKS && fgets(line, sizeof line, file))
		if (strchr(line, ':') && sscanf(line, " %15[^: ]", name) == 1) {
			struct interface *i = &s->links[s->link_count++];

			*i = (struct interface){ .kin_ns = NOWHERE, .peer = NOWHERE };
			strcpy(i->name, name);
		}
	if (file)
		fclose(file);
}

static bool names(const struct side *s, const struct interface *i, const struct interface *other)
{
	return s->other_ns != NOWHERE && i->kin_ns == s->other_ns && i->kin == other->index;
}

/* Both ends of a veth pair refer to each other. A device on top of another one (macvlan) refers to it, but not the reverse. */
void find_peers(struct view *v)
{
	struct side *host = &v->host, *its = &v->container;

	for (int i = 0; i < its->link_count; i++)
		for (int k = 0; k < host->link_count && host->ns[NET] != its->ns[NET]; k++)
			if (names(host, &host->links[k], &its->links[i]))
				its->links[host->links[k].peer = i].peer = k;
			else if (names(its, &its->links[i], &host->links[k]))
				its->links[i].peer = k;
}
