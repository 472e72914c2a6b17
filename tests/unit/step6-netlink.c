/*
 * rtnetlink: read_subnet; the messages, byte for byte, as the kernel would be sent them; its answers.
 *
 * cc: -Wl,--wrap=exit,--wrap=_exit,--wrap=send,--wrap=recv,--wrap=if_nametoindex
 */
#define main step_main
#include "../../step6-net/step6-net.c"
#include "unit.h"

/* ---- The kernel, as these tests have it: it keeps what is sent, and answers what it was told to ---- */

static struct {
	struct nlmsghdr header;
	char body[512];
} sent[8];
static int messages, answer_to[8], send_error, recv_error;
static size_t cut_off; /* bytes of the answer that are missing */
static int answer_type;

ssize_t __wrap_send(int fd, const void *message, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *message, size_t size, int flags);
unsigned __wrap_if_nametoindex(const char *name);

ssize_t __wrap_send(int fd, const void *message, size_t size, int flags)
{
	assert_int_equal(fd, 77);
	assert_int_equal(flags, 0);
	assert_in_range(size, sizeof(struct nlmsghdr), sizeof *sent);
	errno = send_error;
	if (send_error)
		return -1;
	memcpy(&sent[messages], message, size);
	assert_int_equal(sent[messages].header.nlmsg_len, size);
	return size;
}

ssize_t __wrap_recv(int fd, void *message, size_t size, int flags)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr refusal;
	} answer = {
		.header = { .nlmsg_len = sizeof answer, .nlmsg_type = answer_type },
		.refusal = { .error = -answer_to[messages] },
	};

	assert_int_equal(fd, 77);
	(void)flags;
	errno = recv_error;
	if (recv_error)
		return -1;
	assert_in_range(sizeof answer, 1, size);
	memcpy(message, &answer, sizeof answer);
	messages++;
	return sizeof answer - cut_off;
}

unsigned __wrap_if_nametoindex(const char *name)
{
	return strcmp(name, "eth0") == 0 ? 42 : strcmp(name, "lo") == 0 ? 7 : 0;
}

static int begin(void **state)
{
	(void)state;
	messages = send_error = recv_error = cut_off = 0;
	answer_type = NLMSG_ERROR;
	memset(sent, 0, sizeof sent);
	memset(answer_to, 0, sizeof answer_to);
	return 0;
}

/* The attribute of TYPE among those from FROM to END; the test fails if it isn't there. */
static const struct rtattr *find(const void *from, const void *end, int type)
{
	size_t left = (const char *)end - (const char *)from;

	for (const struct rtattr *a = from; RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (a->rta_type == type)
			return a;
	fail_msg("no attribute %d", type);
	return NULL;
}

static const struct rtattr *within(const struct rtattr *nest, size_t skip, int type)
{
	return find((const char *)RTA_DATA(nest) + skip, (const char *)nest + nest->rta_len, type);
}

static const struct rtattr *in_message(int number, size_t size, int type)
{
	return find(sent[number].body + NLMSG_ALIGN(size), (const char *)&sent[number] + sent[number].header.nlmsg_len,
		    type);
}

/* ---- Messages -------------------------------------------------------------------------------------- */

static void a_request_asks_for_an_answer(void **state)
{
	const struct rtmsg about = { .rtm_family = AF_INET, .rtm_table = 254 };
	struct request r = request(RTM_NEWROUTE, NLM_F_CREATE, &about, sizeof about);

	(void)state;
	assert_int_equal(r.header.nlmsg_type, RTM_NEWROUTE);
	assert_int_equal(r.header.nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE);
	assert_int_equal(r.header.nlmsg_len, NLMSG_LENGTH(sizeof about));
	assert_memory_equal(NLMSG_DATA(&r.header), &about, sizeof about);
}

/* rtnetlink wants each at a multiple of four, and its length without the padding. */
static void attributes_are_aligned(void **state)
{
	const struct rtmsg about = { 0 };
	struct request r = request(RTM_NEWROUTE, 0, &about, sizeof about);
	struct rtattr *first, *second;

	(void)state;
	first = attribute(&r, 3, "veth0", 6);
	second = attribute(&r, 5, "abcd", 4);
	assert_int_equal(first->rta_type, 3);
	assert_int_equal(first->rta_len, 4 + 6);
	assert_memory_equal(RTA_DATA(first), "veth0", 6);
	assert_int_equal((char *)second - (char *)first, 12);
	assert_int_equal(second->rta_len, 8);
	assert_int_equal(r.header.nlmsg_len, NLMSG_LENGTH(sizeof about) + 12 + 8);
}

static void nests_hold_what_comes_after_them(void **state)
{
	const struct ifinfomsg about = { 0 };
	struct request r = request(RTM_NEWLINK, 0, &about, sizeof about);
	struct rtattr *outer, *inner;

	(void)state;
	outer = attribute(&r, 18, NULL, 0);
	attribute(&r, 1, "veth", 4);
	inner = attribute(&r, 2, NULL, 0);
	attribute(&r, 3, "x", 2);
	end(&r, inner);
	end(&r, outer);
	assert_int_equal(inner->rta_len, 4 + 8);
	assert_int_equal(outer->rta_len, 4 + 8 + 12);
	assert_int_equal((char *)outer + outer->rta_len - (char *)&r, r.header.nlmsg_len);
}

static void the_cable(void **state)
{
	const struct container c = { .cable = "step6-0a060000" };
	const struct rtattr *info, *peer;

	(void)state;
	child = 123456;
	assert_int_equal(lay_cable(77, &c), 0);
	child = 0;
	assert_int_equal(messages, 1);
	assert_int_equal(sent[0].header.nlmsg_type, RTM_NEWLINK);
	assert_int_equal(sent[0].header.nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
	assert_string_equal(RTA_DATA(in_message(0, sizeof(struct ifinfomsg), IFLA_IFNAME)), "step6-0a060000");
	info = in_message(0, sizeof(struct ifinfomsg), IFLA_LINKINFO);
	assert_memory_equal(RTA_DATA(within(info, 0, IFLA_INFO_KIND)), "veth", 4);
	peer = within(within(info, 0, IFLA_INFO_DATA), 0, VETH_INFO_PEER);
	assert_string_equal(RTA_DATA(within(peer, sizeof(struct ifinfomsg), IFLA_IFNAME)), "eth0");
	assert_int_equal(*(int *)RTA_DATA(within(peer, sizeof(struct ifinfomsg), IFLA_NET_NS_PID)), 123456);
}

static void an_address_and_up(void **state)
{
	const struct ifaddrmsg *place = (void *)sent[0].body;
	const struct ifinfomsg *link = (void *)sent[1].body;

	(void)state;
	bring_up(77, "eth0", htonl(0x0a060002), 30);
	assert_int_equal(messages, 2);
	assert_int_equal(sent[0].header.nlmsg_type, RTM_NEWADDR);
	assert_int_equal(place->ifa_family, AF_INET);
	assert_int_equal(place->ifa_prefixlen, 30);
	assert_int_equal(place->ifa_index, 42);
	assert_memory_equal(RTA_DATA(in_message(0, sizeof *place, IFA_LOCAL)), "\x0a\x06\x00\x02", 4);
	assert_int_equal(sent[1].header.nlmsg_type, RTM_NEWLINK);
	assert_int_equal(link->ifi_index, 42);
	assert_int_equal(link->ifi_flags & IFF_UP, IFF_UP);
	assert_int_equal(link->ifi_change & IFF_UP, IFF_UP);
}

static void lo_has_its_address_from_the_kernel(void **state)
{
	(void)state;
	bring_up(77, "lo", 0, 0);
	assert_int_equal(messages, 1);
	assert_int_equal(sent[0].header.nlmsg_type, RTM_NEWLINK);
	assert_int_equal(((struct ifinfomsg *)sent[0].body)->ifi_index, 7);
}

/* ---- Answers --------------------------------------------------------------------------------------- */

static struct request any(void)
{
	const struct ifinfomsg about = { 0 };

	return request(RTM_NEWLINK, 0, &about, sizeof about);
}

static void a_refusal_is_an_error(void **state)
{
	struct request r = any();

	(void)state;
	answer_to[0] = EEXIST;
	assert_int_equal(ask(77, "try", &r, "RTM_NEWLINK x"), -1);
	assert_int_equal(errno, EEXIST);
	answer_to[1] = EPERM;
	assert_int_equal(ask(77, "try", &r, "RTM_NEWLINK x"), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(ask(77, "try", &r, "RTM_NEWLINK x"), 0);
}

/* The kernel's own error, for the message that failed. */
static void the_message_that_failed_is_named(void **state)
{
	(void)state;
	answer_to[0] = EADDRNOTAVAIL;
	assert_complains(bring_up(77, "eth0", htonl(0x0a060002), 30), "RTM_NEWADDR eth0 10.6.0.2/30");
	assert_int_equal(messages, 1);
	begin(NULL);
	answer_to[0] = EADDRNOTAVAIL;
	assert_complains(bring_up(77, "eth0", htonl(0x0a060002), 30), strerror(EADDRNOTAVAIL));
	begin(NULL);
	answer_to[1] = EPERM;
	assert_complains(bring_up(77, "eth0", htonl(0x0a060002), 30), "RTM_NEWLINK eth0");
}

static void a_kernel_that_can_not_be_reached(void **state)
{
	struct request r = any();

	(void)state;
	send_error = ENOBUFS;
	assert_complains(ask(77, "try", &r, "RTM_NEWLINK x"), strerror(ENOBUFS));
	send_error = 0;
	recv_error = ENOMEM;
	assert_complains(ask(77, "try", &r, "RTM_NEWLINK x"), strerror(ENOMEM));
}

/* Whatever arrives in its place is not taken for "done". */
static void what_is_no_answer(void **state)
{
	struct request r = any();

	(void)state;
	answer_type = NLMSG_DONE;
	assert_complains(ask(77, "try", &r, "RTM_NEWLINK x"), strerror(EBADMSG));
	answer_type = NLMSG_ERROR;
	cut_off = sizeof(struct nlmsgerr);
	assert_complains(ask(77, "try", &r, "RTM_NEWLINK x"), strerror(EBADMSG));
}

static void an_interface_that_is_not_there(void **state)
{
	(void)state;
	assert_complains(bring_up(77, "gone", 0, 0), "gone");
}

/* ---- Subnets --------------------------------------------------------------------------------------- */

static void subnets(void **state)
{
	static const struct {
		const char *word;
		uint32_t network;
		int prefix;
		const char *cable;
	} right[] = {
		{ "10.6.0.0/30", 0x0a060000, 30, "step6-0a060000" },
		{ "192.168.7.128/25", 0xc0a80780, 25, "step6-c0a80780" },
		{ "10.0.0.0/8", 0x0a000000, 8, "step6-0a000000" },
		{ "172.16.255.252/30", 0xac10fffc, 30, "step6-ac10fffc" },
	};
	struct container c = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
		assert_true(read_subnet(right[i].word, &c));
		assert_int_equal(c.network, right[i].network);
		assert_int_equal(c.prefix, right[i].prefix);
		assert_string_equal(c.cable, right[i].cable);
	}
}

static void what_is_no_subnet(void **state)
{
	static const char *const wrong[] = {
		"",
		"10.6.0.0",
		"10.6.0.0/",
		"/30",
		"10.6.0.0/31",
		"10.6.0.0/32",
		"10.6.0.0/33",
		"10.6.0.0/7",
		"10.6.0.0/0",
		"10.6.0.0/300",
		"10.6.0.0/-1",
		"10.6.0.0/30 ",
		" 10.6.0.0/30",
		"10.6.0.0/3x",
		"10.6.0/30",
		"10.6.0.0.0/30",
		"10.6.0.256/30",
		"1000.6.0.0/30",
		"ten/30",
		"::1/64",
		"10.6.0.0/30/30",
		"10.6.0.1/30",
		"10.6.0.2/30",
		"10.6.0.128/24",
		"10.6.0.0/8",
	};
	struct container c;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		if (read_subnet(wrong[i], &c))
			fail_msg("accepted \"%s\"", wrong[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_request_asks_for_an_answer, begin),
		cmocka_unit_test_setup(attributes_are_aligned, begin),
		cmocka_unit_test_setup(nests_hold_what_comes_after_them, begin),
		cmocka_unit_test_setup(the_cable, begin),
		cmocka_unit_test_setup(an_address_and_up, begin),
		cmocka_unit_test_setup(lo_has_its_address_from_the_kernel, begin),
		cmocka_unit_test_setup(a_refusal_is_an_error, begin),
		cmocka_unit_test_setup(the_message_that_failed_is_named, begin),
		cmocka_unit_test_setup(a_kernel_that_can_not_be_reached, begin),
		cmocka_unit_test_setup(what_is_no_answer, begin),
		cmocka_unit_test_setup(an_interface_that_is_not_there, begin),
		cmocka_unit_test_setup(subnets, begin),
		cmocka_unit_test_setup(what_is_no_subnet, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
