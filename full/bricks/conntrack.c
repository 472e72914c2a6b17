/*
 * conntrack.c - makes the kernel forget UDP flows that it still treats as it did before a port was published or withdrawn.
 *
 * The kernel chooses the translation of addresses for the first packet of a flow, and keeps to it as long as packets come. UDP
 * has no end of a connection. So a client that was there before the container would never reach it. The packets of a client
 * that stays longer than the container would go on to its address, which nobody has then, or another container.
 *
 *   see      box run --explain -p 5353:53/udp ROOTFS true 2>&1 | grep CT_
 *   read     netlink(7), conntrack(8), linux/netfilter/nfnetlink_conntrack.h
 */
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdalign.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/say.h"
#include "bricks/net.h"

enum { CT_GET = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET, CT_DELETE = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE };

/* Find the attribute of TYPE among SIZE bytes of attributes. */
static const struct rtattr *find(const struct rtattr *list, long size, int type)
{
	for (; RTA_OK(list, size); list = RTA_NEXT(list, size))
		if ((list->rta_type & NLA_TYPE_MASK) == type)
			return list;
	return NULL;
}

static const struct rtattr *find_in(const struct rtattr *nest, int type)
{
	return nest ? find(RTA_DATA(nest), (long)RTA_PAYLOAD(nest), type) : NULL;
}

/* TUPLE is what the first packet of a flow had: addresses, protocol, ports. */
static bool goes_to(const struct rtattr *tuple, const uint16_t *ports)
{
	const struct rtattr *layer = find_in(tuple, CTA_TUPLE_PROTO), *protocol = find_in(layer, CTA_PROTO_NUM);
	const struct rtattr *port = find_in(layer, CTA_PROTO_DST_PORT);
	uint16_t number;

	if (!protocol || !port || *(uint8_t *)RTA_DATA(protocol) != IPPROTO_UDP)
		return false;
	memcpy(&number, RTA_DATA(port), sizeof number);
	while (*ports && *ports != ntohs(number))
		ports++;
	return *ports;
}

/* If the flow has ended meanwhile, there is nothing to do, so nobody waits for the answer. */
static void forget(int kernel, const struct rtattr *tuple)
{
	struct { struct nlmsghdr header; struct nfgenmsg about; char tuple[256]; } flow = {
		.header = { .nlmsg_type = CT_DELETE, .nlmsg_flags = NLM_F_REQUEST }, .about = { .nfgen_family = AF_INET },
	};

	if (tuple->rta_len > sizeof flow.tuple)
		return;
	memcpy(flow.tuple, tuple, tuple->rta_len);
	flow.header.nlmsg_len = offsetof(typeof(flow), tuple) + RTA_ALIGN(tuple->rta_len);
	MAY("forget a flow to the port", send(kernel, &flow, flow.header.nlmsg_len, 0), "send(%d, {CT_DELETE})", kernel);
}

/* Each part of the list has several messages. Returns false after the last part. */
static bool forget_listed(const char *list, size_t size, int kernel, const uint16_t *ports)
{
	for (const struct nlmsghdr *one = (const void *)list; NLMSG_OK(one, size); one = NLMSG_NEXT(one, size)) {
		const struct nfgenmsg *about = NLMSG_DATA(one);
		const struct rtattr *first = (const void *)((const char *)about + NLMSG_ALIGN(sizeof *about));
		const struct rtattr *tuple;

		if (one->nlmsg_type == NLMSG_DONE || one->nlmsg_type == NLMSG_ERROR)
			return false;
		tuple = find(first, (long)NLMSG_PAYLOAD(one, NLMSG_ALIGN(sizeof *about)), CTA_TUPLE_ORIG);
		if (goes_to(tuple, ports))
			forget(kernel, tuple);
	}
	return true;
}

void forget_flows(const uint16_t *ports)
{
	const struct { struct nlmsghdr header; struct nfgenmsg about; } all = {
		.header = { .nlmsg_len = sizeof all, .nlmsg_type = CT_GET, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.about = { .nfgen_family = AF_INET },
	};
	CLOSED int listing = -1, kernel = -1;
	alignas(NLMSG_ALIGNTO) char list[1 << 15];
	ssize_t size;

	if (!ports)
		return;
	listing = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	kernel = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (MAY("list the flows that the kernel tracks", send(listing, &all, sizeof all, 0), "send(%d, {CT_GET})", listing) == -1)
		return;
	do
		size = recv(listing, list, sizeof list, 0);
	while (size > 0 && forget_listed(list, size, kernel, ports));
}
