/*
 * SIZE, N and X: read_limit, what the kernel is told and what is refused.
 *
 * cc: -Wl,--wrap=exit,--wrap=_exit
 */
#define main step_main
#include "../../step5-cgroup/step5-cgroup.c"
#include "unit.h"

struct pair {
	const char *word, *value;
};

static void accepts(int limit, const struct pair *pairs)
{
	char value[32];

	for (; pairs->word; pairs++) {
		if (!read_limit(&limits[limit], pairs->word, value))
			fail_msg("refused \"%s\"", pairs->word);
		assert_string_equal(value, pairs->value);
	}
}

static void refuses(int limit, const char *const *words)
{
	char value[32];

	for (; *words; words++)
		if (read_limit(&limits[limit], *words, value))
			fail_msg("accepted \"%s\", as %s", *words, value);
}

static void sizes(void **state)
{
	(void)state;
	accepts(MEMORY, (struct pair[]){ { "max", "max" },
					 { "1048576", "1048576" },
					 { "1M", "1048576" },
					 { "1m", "1048576" },
					 { "1024K", "1048576" },
					 { "2048k", "2097152" },
					 { "32M", "33554432" },
					 { "064M", "67108864" },
					 { "1G", "1073741824" },
					 { "1g", "1073741824" },
					 { "1T", "1099511627776" },
					 { "4503599627370496", "4503599627370496" },
					 { NULL, NULL } });
}

static void what_is_no_size(void **state)
{
	(void)state;
	refuses(MEMORY, (const char *const[]){ "",
					       "0",
					       "-1",
					       "-1M",
					       "+1M",
					       " 1M",
					       "1M ",
					       "1 M",
					       "M",
					       "1MB",
					       "1Mi",
					       "1KM",
					       "1P",
					       "1.5G",
					       "1e9",
					       "0x100000",
					       "inf",
					       "nan",
					       "maximum",
					       "Max",
					       "ma",
					       "32M\n",
					       "99999999999999999999999",
					       "1099511627776T",
					       "18446744073709551616",
					       "18446744073710600192",
					       "17592186044417M",
					       "17179869184G",
					       NULL });
}

/* Less would kill the program's own child while it sets up. */
static void the_least_size(void **state)
{
	(void)state;
	refuses(MEMORY, (const char *const[]){ "1", "1K", "1023K", "1048575", NULL });
}

static void counts(void **state)
{
	(void)state;
	accepts(PIDS, (struct pair[]){ { "max", "max" },
				       { "1", "1" },
				       { "64", "64" },
				       { "007", "7" },
				       { "4194304", "4194304" },
				       { NULL, NULL } });
	refuses(PIDS, (const char *const[]){ "", "0", "-1", "+1", " 1", "1 ", "1K", "1.0", "0x1", "1e2", "4194305",
					     "18446744073709551617", "max ", NULL });
}

static void cpus(void **state)
{
	(void)state;
	accepts(CPUS, (struct pair[]){ { "max", "max" },
				       { "1", "100000" },
				       { "0.5", "50000" },
				       { "0.50", "50000" },
				       { "2.25", "225000" },
				       { "0.01", "1000" },
				       { "8192", "819200000" },
				       { NULL, NULL } });
	refuses(CPUS, (const char *const[]){ "",    "0",        "0.0",  "0.009", "-1",  "-0.5", "+1",  " 1",
					     "1 ",  "1.2.3",    "0.5.", ".",     "1,5", "1e1",  "0x1", "inf",
					     "nan", "infinity", "8193", "1K",    "50%", NULL });
}

/* Every limit has words for the reader who breaks its rule. */
static void rules(void **state)
{
	(void)state;
	assert_non_null(strstr(limits[MEMORY].rule, "1M"));
	for (int i = 0; i < LIMITS; i++)
		assert_non_null(strstr(limits[i].rule, "max"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),          cmocka_unit_test(what_is_no_size),
		cmocka_unit_test(the_least_size), cmocka_unit_test(counts),
		cmocka_unit_test(cpus),           cmocka_unit_test(rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
