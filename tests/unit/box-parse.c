/*
 * The values of box's options: what each parser takes, and what it says of the rest.
 *
 * cc: full/base/parse.c full/base/list.c full/base/error.c full/base/cleanup.c full/base/text.c -ljansson -lm -Ifull
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <cmocka.h>

#undef fail /* box has its own */

#include "base/list.h"
#include "base/parse.h"
#include "base/spec.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* It fails, without blaming a system call, and its line has the text. */
#define assert_fails(call, says) \
	do { \
		struct error e = { 0 }; \
		assert_int_equal(call, -1); \
		assert_int_equal(e.status, 125); \
		assert_int_equal(e.number, 0); \
		if (!strstr(e.text, says)) \
			print_error("wanted \"%s\" in: %s\n", says, e.text); \
		assert_non_null(strstr(e.text, says)); \
		assert_null(strchr(e.text, '\n')); \
	} while (0)

static void sizes(void **state)
{
	static const struct {
		const char *word;
		uint64_t bytes;
	} good[] = {
		{ "1", 1 },
		{ "512b", 512 },
		{ "4k", 4096 },
		{ "32m", 32 << 20 },
		{ "32M", 32 << 20 },
		{ "1g", 1 << 30 },
		{ "2T", UINT64_C(2) << 40 },
		{ "32mb", 32 << 20 },
		{ "32MiB", 32 << 20 },
		{ "1.5g", UINT64_C(3) << 29 },
		{ "0.5k", 512 },
		{ "4611686018427387903", (UINT64_C(1) << 62) - 1 },
		{ "max", UINT64_MAX },
		{ "-1", UINT64_MAX },
	};
	static const char *const bad[] = {
		"",
		"0",
		"-2",
		"m",
		"32 m",
		" 32m",
		"1.2.3g",
		".",
		"0.5",
		"32mm",
		"32im",
		"0x10",
		"99999999999999999999",
		"18446744073709551615t",
		"maximum",
	};
	struct error ignored = { 0 };
	uint64_t bytes;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(parse_size(good[i].word, &bytes, &ignored), 0);
		assert_int_equal(bytes, good[i].bytes);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_fails(parse_size(bad[i], &bytes, &e), bad[i]);
}

static void cpus(void **state)
{
	static const char *const bad[] = {
		"", "0", "0.001", "-1", "9000", "1x", "0x1", "nan", "inf", "1e3", ".", "1,5"
	};
	struct error ignored = { 0 };
	uint64_t quota;

	(void)state;
	assert_int_equal(parse_cpus("0.5", &quota, &ignored), 0);
	assert_int_equal(quota, 50000);
	assert_int_equal(parse_cpus("0.29", &quota, &ignored), 0);
	assert_int_equal(quota, 29000);
	assert_int_equal(parse_cpus("8192", &quota, &ignored), 0);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_fails(parse_cpus(bad[i], &quota, &e), bad[i]);
}

static void pids(void **state)
{
	static const char *const bad[] = { "", "0", "-2", "4194305", "1k", "many" };
	struct error ignored = { 0 };
	uint64_t most;

	(void)state;
	assert_int_equal(parse_pids("4194304", &most, &ignored), 0);
	assert_int_equal(most, 4194304);
	assert_int_equal(parse_pids("-1", &most, &ignored), 0);
	assert_true(most == UINT64_MAX);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_fails(parse_pids(bad[i], &most, &e), bad[i]);
}

static void volumes(void **state)
{
	static const char *const bad[] = { "", "/usr", "/usr:", "/usr:mnt", "/usr:/", "/usr:/..", ":/mnt" };
	static const char *const bad_options[] = { "/usr:/mnt:rx", "/usr:/mnt:ro:ro", "/usr:/mnt:", "/usr:/mnt:ro,",
						   "/usr:/mnt:nocopy" };
	static const struct {
		const char *word;
		bool read_only;
		unsigned long propagation;
	} good[] = {
		{ "/usr:/mnt", false, MS_PRIVATE },          { "/usr:/mnt:rw", false, MS_PRIVATE },
		{ "/usr:/mnt:ro", true, MS_PRIVATE },        { "/usr:/mnt:rslave", false, MS_SLAVE },
		{ "/usr:/mnt:ro,rshared", true, MS_SHARED }, { "/usr:/mnt:slave,rprivate", false, MS_PRIVATE },
	};
	struct error ignored = { 0 };
	struct mount v;

	(void)state;
	assert_int_equal(parse_volume("/usr/../usr:/mnt:ro", &v, &ignored), 0);
	assert_string_equal(v.source, "/usr");
	assert_string_equal(v.target, "/mnt");
	assert_int_equal(v.flags, MS_BIND | MS_REC | MS_RDONLY);
	assert_int_equal(v.below, MS_RDONLY);
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(parse_volume(good[i].word, &v, &ignored), 0);
		assert_int_equal(v.below, good[i].read_only ? MS_RDONLY : 0);
		assert_int_equal(v.propagation, good[i].propagation);
	}
	for (size_t i = 0; i < COUNT(bad_options); i++)
		assert_fails(parse_volume(bad_options[i], &v, &e), "rprivate");
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_fails(parse_volume(bad[i], &v, &e), *bad[i] == ':' ? "SRC" : "DST");
	assert_fails(parse_volume("/no/such:/mnt", &v, &e), "/no/such");
}

static void ports(void **state)
{
	static const char *const bad[] = { "",         "80",         "80:", ":80",   "0:80",  "80:0",
					   "80:65536", "80:80/sctp", "a:b", "1:2:3", "-1:80", "80:80/" };
	struct error ignored = { 0 };
	struct port p;

	(void)state;
	assert_int_equal(parse_port("8080:80", &p, &ignored), 0);
	assert_int_equal(p.host, 8080);
	assert_int_equal(p.container, 80);
	assert_false(p.udp);
	assert_int_equal(parse_port("53:5353/udp", &p, &ignored), 0);
	assert_true(p.udp);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_fails(parse_port(bad[i], &p, &e), "HOST:CONTAINER");
}

static void ulimits(void **state)
{
	static const char *const bad[] = { "",         "nofile",     "nofile=",    "files=1",
					   "nofile=x", "nofile=2:1", "nofile=1:x", "nofile=-2" };
	struct error ignored = { 0 };
	struct ulimit u;

	(void)state;
	assert_int_equal(parse_ulimit("nofile=64:128", &u, &ignored), 0);
	assert_int_equal(u.resource, RLIMIT_NOFILE);
	assert_int_equal(u.soft, 64);
	assert_int_equal(u.hard, 128);
	assert_int_equal(parse_ulimit("core=unlimited", &u, &ignored), 0);
	assert_true(u.soft == UINT64_MAX && u.hard == UINT64_MAX);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_fails(parse_ulimit(bad[i], &u, &e), "");
}

static void names(void **state)
{
	static const char *const bad[] = {
		"",   "/",   "a/b", "..",       ".hidden",
		"-d", "a b", "a\n", "\xc3\xa9", "a234567890a234567890a234567890a234567890a234567890a234567890abcde"
	};
	struct error ignored = { 0 };

	(void)state;
	assert_int_equal(parse_name("web-1.a_B", &ignored), 0);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_fails(parse_name(bad[i], &e), "name");
}

static void sysctls(void **state)
{
	static const char *const bad[] = { "", "net", "=1", "net..ipv4=1", "../../x=1", "net/ipv4=1" };
	struct error ignored = { 0 };
	struct sysctl s;

	(void)state;
	assert_int_equal(parse_sysctl("net.ipv4.ping_group_range=0 /1", &s, &ignored), 0);
	assert_string_equal(s.name, "net/ipv4/ping_group_range");
	assert_string_equal(s.value, "0 /1");
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_fails(parse_sysctl(bad[i], &s, &e), "NAME=VALUE");
}

static void capabilities(void **state)
{
	struct error ignored = { 0 };
	uint64_t set;

	(void)state;
	assert_int_equal(parse_capability("CAP_SYS_ADMIN", &set, &ignored), 0);
	assert_int_equal(set, 1 << 21);
	assert_int_equal(parse_capability("chown", &set, &ignored), 0);
	assert_int_equal(set, 1);
	assert_int_equal(parse_capability("checkpoint_restore", &set, &ignored), 0);
	assert_int_equal(set, UINT64_C(1) << 40);
	assert_int_equal(parse_capability("all", &set, &ignored), 0);
	assert_true(set == UINT64_MAX);
	assert_fails(parse_capability("CAP_", &set, &e), "CAP_");
	assert_fails(parse_capability("root", &set, &e), "root");
}

static void signals(void **state)
{
	struct error ignored = { 0 };
	int number;

	(void)state;
	assert_int_equal(parse_signal("TERM", &number, &ignored), 0);
	assert_int_equal(number, SIGTERM);
	assert_int_equal(parse_signal("sigusr1", &number, &ignored), 0);
	assert_int_equal(number, SIGUSR1);
	assert_int_equal(parse_signal("9", &number, &ignored), 0);
	assert_int_equal(number, SIGKILL);
	assert_int_equal(parse_signal("SIGRTMIN+3", &number, &ignored), 0);
	assert_int_equal(number, 37);
	assert_int_equal(parse_signal("rtmin", &number, &ignored), 0);
	assert_int_equal(number, 34);
	assert_int_equal(parse_signal("RTMAX-1", &number, &ignored), 0);
	assert_int_equal(number, 63);
	assert_int_equal(parse_signal("RTMAX", &number, &ignored), 0);
	assert_int_equal(number, 64);
	assert_fails(parse_signal("RTMIN-1", &number, &e), "RTMIN-1");
	assert_fails(parse_signal("RTMIN+31", &number, &e), "RTMIN+31");
	assert_fails(parse_signal("RTMAX+1", &number, &e), "RTMAX+1");
	assert_fails(parse_signal("RTMIN+", &number, &e), "RTMIN+");
	assert_fails(parse_signal("RTMINI", &number, &e), "RTMINI");
	assert_fails(parse_signal("0", &number, &e), "0");
	assert_fails(parse_signal("999", &number, &e), "999");
	assert_fails(parse_signal("NONE", &number, &e), "NONE");
}

static void lists(void **state)
{
	struct port *list = NULL, one = { 1, 2, false };

	(void)state;
	for (int i = 1; i <= 100; i++) {
		one.host = i;
		list = append(list, sizeof one, &one);
	}
	for (int i = 1; i <= 100; i++)
		assert_int_equal(list[i - 1].host, i);
	assert_int_equal(list[100].host, 0);
	free(list);
}

/* What layers make of a line. */
static void lines(void **state)
{
	struct error e = { 0 };

	(void)state;
	assert_int_equal(fail(&e, "no %s", "way"), -1);
	assert_int_equal(wrap(&e, "--option %d", 3), -1);
	assert_string_equal(e.text, "--option 3: no way");
	errno = ENOENT;
	assert_int_equal(fail_call(&e, "open it", "open(\"%s\")", "x"), -1);
	assert_int_equal(e.number, ENOENT);
	remedy(&e, EPERM, "be root");
	assert_string_equal(e.text, "cannot open it: open(\"x\"): No such file or directory");
	remedy(&e, ENOENT, "make it");
	assert_string_equal(e.text, "cannot open it: open(\"x\"): No such file or directory (make it)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),   cmocka_unit_test(cpus),    cmocka_unit_test(pids),
		cmocka_unit_test(volumes), cmocka_unit_test(ports),   cmocka_unit_test(ulimits),
		cmocka_unit_test(names),   cmocka_unit_test(sysctls), cmocka_unit_test(capabilities),
		cmocka_unit_test(signals), cmocka_unit_test(lists),   cmocka_unit_test(lines),
	};

	return cmocka_run_group_tests_name("box's values", tests, NULL, NULL);
}
