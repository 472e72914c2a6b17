/*
 * box's batches of rtnetlink requests: byte for byte, as the kernel would be sent them, and its answers.
 *
 * cc: full/base/say.c full/base/error.c full/base/wait.c full/base/cleanup.c -Ifull -Wl,--wrap=send,--wrap=recv
 */
#include "../../full/base/netlink.c"

#include <setjmp.h>
#include <stdlib.h>
#include <cmocka.h>

#undef fail /* box has its own */

/* ---- The kernel, as these tests have it: it keeps what is sent, and answers each as it was told to -------- */

static char sent[2048];
static size_t sent_length;
static int answers[4], answered, sends, send_error, recv_error, answer_type;
static size_t answer_length;

ssize_t __wrap_send(int fd, const void *message, size_t size, int flags);
ssize_t __wrap_recv(int fd, void *message, size_t size, int flags);

ssize_t __wrap_send(int fd, const void *message, size_t size, int flags)
{
	(void)fd, (void)flags;
	assert_in_range(size, sizeof(struct nlmsghdr), sizeof sent);
	sends++;
	memcpy(sent, message, sent_length = size);
	errno = send_error;
	return send_error ? -1 : (ssize_t)size;
}

ssize_t __wrap_recv(int fd, void *message, size_t size, int flags)
{
	const struct {
		struct nlmsghdr header;
		struct nlmsgerr refusal;
	} answer = {
		.header = { .nlmsg_len = sizeof answer, .nlmsg_type = answer_type },
		.refusal = { .error = -answers[answered] },
	};

	(void)fd, (void)flags;
	assert_in_range(sizeof answer, 1, size);
	answered++;
	memcpy(message, &answer, sizeof answer);
	errno = recv_error;
	return recv_error ? -1 : (ssize_t)answer_length;
}

static int begin(void **state)
{
	(void)state;
	sent_length = answered = sends = send_error = recv_error = 0;
	answer_type = NLMSG_ERROR;
	answer_length = NLMSG_LENGTH(sizeof(struct nlmsgerr));
	memset(answers, 0, sizeof answers);
	return 0;
}

/* ---- The tests ------------------------------------------------------------------------------------------- */

/* A name of odd length, so that what follows has to be aligned; a nest; and a second request. */
static void make(struct batch *b)
{
	const struct ifinfomsg link = { .ifi_index = 7 };
	const struct rtmsg route = { .rtm_family = AF_INET };
	struct rtattr *nest;

	*b = (struct batch){ 0 };
	request(b, RTM_NEWLINK, NLM_F_CREATE, &link, sizeof link, "first %d", 1);
	attribute(b, IFLA_IFNAME, "wire", sizeof "wire");
	nest = attribute(b, IFLA_LINKINFO, NULL, 0);
	attribute(b, IFLA_INFO_KIND, "veth", strlen("veth"));
	end(b, nest);
	request(b, RTM_NEWROUTE, 0, &route, sizeof route, "second");
}

static void layout(void **state)
{
	struct error e = { 0 };
	struct nlmsghdr *one = (struct nlmsghdr *)sent, *two;
	struct rtattr *name, *nest;
	struct batch b;

	(void)state;
	make(&b);
	assert_int_equal(ask(&e, "try", &b), 0);
	assert_int_equal(sends, 1);
	assert_int_equal(answered, 2);
	assert_int_equal(sent_length, 16 + 16 + 12 + 4 + 8 + 16 + 12);
	assert_int_equal(one->nlmsg_len, 16 + 16 + 12 + 4 + 8);
	assert_int_equal(one->nlmsg_type, RTM_NEWLINK);
	assert_int_equal(one->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE);
	assert_int_equal(((struct ifinfomsg *)NLMSG_DATA(one))->ifi_index, 7);
	name = (struct rtattr *)(sent + 32);
	assert_int_equal(name->rta_len, 4 + 5);
	assert_string_equal(RTA_DATA(name), "wire");
	nest = (struct rtattr *)(sent + 44);
	assert_int_equal(nest->rta_len, 4 + 8);
	assert_int_equal(((struct rtattr *)RTA_DATA(nest))->rta_type, IFLA_INFO_KIND);
	two = (struct nlmsghdr *)(sent + one->nlmsg_len);
	assert_int_equal(two->nlmsg_len, 16 + 12);
	assert_int_equal(two->nlmsg_type, RTM_NEWROUTE);
	assert_int_equal(two->nlmsg_seq, one->nlmsg_seq + 1);
}

static void refusals(void **state)
{
	struct error e = { 0 };
	struct batch b;

	(void)state;
	make(&b);
	answers[1] = ENETUNREACH;
	assert_int_equal(ask(&e, "try", &b), -1);
	assert_int_equal(e.number, ENETUNREACH);
	assert_non_null(strstr(e.text, "cannot try: second: Network"));
	begin(NULL);
	answers[0] = EEXIST;
	answers[1] = EPERM;
	assert_int_equal(ask(&e, "try", &b), -1);
	assert_int_equal(e.number, EEXIST); /* the first is the cause; yet all answers were read */
	assert_non_null(strstr(e.text, "first 1"));
	assert_int_equal(answered, 2);
}

static void silence(void **state)
{
	struct error e = { 0 };
	struct batch b;

	(void)state;
	make(&b);
	send_error = ENOBUFS;
	assert_int_equal(ask(&e, "try", &b), -1);
	assert_int_equal(e.number, ENOBUFS);
	assert_non_null(strstr(e.text, "{first 1; second}"));
	assert_int_equal(answered, 0);
	send_error = 0;
	recv_error = EINTR;
	assert_int_equal(ask(&e, "try", &b), -1);
	assert_int_equal(e.number, EINTR);
}

/* What is cut off, or is no NLMSG_ERROR, is no success. */
static void odd_answers(void **state)
{
	struct error e = { 0 };
	struct batch b;

	make(&b);
	for (answer_length = 0; answer_length < NLMSG_LENGTH(sizeof(struct nlmsgerr)); answer_length++) {
		answered = 0;
		assert_int_equal(ask(&e, "try", &b), -1);
		assert_int_equal(e.number, EBADMSG);
	}
	begin(state);
	answer_type = NLMSG_DONE;
	assert_int_equal(ask(&e, "try", &b), -1);
	assert_int_equal(e.number, EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(layout, begin),
		cmocka_unit_test_setup(refusals, begin),
		cmocka_unit_test_setup(silence, begin),
		cmocka_unit_test_setup(odd_answers, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
