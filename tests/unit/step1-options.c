/*
 * The command line: read_options, in the step that brings it.
 *
 * cc: -Wl,--wrap=exit,--wrap=_exit
 */
#define main step_main
#include "../../step1-pid/step1-pid.c"
#include "unit.h"

static char *name, *many[4];
static const struct brick two_bricks[] = { { "pid", "the first" }, { "proc", "the second" }, { 0 } };

/* Read WORDS, as main does. Every test begins with nothing read. */
static char **read_words(char **words)
{
	static struct option both[] = {
		{ "name", "NAME", "a name", &name, false },
		{ "many", "WORD", "may be repeated", many, true },
		{ 0 },
	};

	options = both;
	return read_options(0, words, 0);
}

/* clang-format off */
#define WORDS(...) (char *[]){ __VA_ARGS__, NULL }
/* read_options writes into a word with "=": so that word must not be a literal. */
#define WORD(text) (char[]){ text }
/* clang-format on */

static int forget(void **state)
{
	(void)state;
	name = NULL;
	memset(many, 0, sizeof many);
	explain = paused = false;
	memset(left_out, 0, sizeof left_out);
	bricks = two_bricks;
	return 0;
}

static void ends_at_the_first_word_that_is_none(void **state)
{
	char **words = WORDS("--name", "a", "ls", "--name", "b");

	(void)state;
	assert_ptr_equal(read_words(words), words + 2);
	assert_string_equal(name, "a");
}

static void a_single_dash_is_no_option(void **state)
{
	char **words = WORDS("-x", "--name", "b");

	(void)state;
	assert_ptr_equal(read_words(words), words);
	assert_null(name);
}

static void two_dashes_end_them(void **state)
{
	char **words = WORDS("--", "--name", "b");

	(void)state;
	assert_ptr_equal(read_words(words), words + 1);
	assert_null(name);
}

static void none_at_all(void **state)
{
	char *words[] = { NULL };

	(void)state;
	assert_ptr_equal(read_words(words), words);
}

static void a_value_may_follow_an_equals_sign(void **state)
{
	(void)state;
	read_words(WORDS(WORD("--name=a=b"), "ls"));
	assert_string_equal(name, "a=b");
	read_words(WORDS(WORD("--name="), "ls"));
	assert_string_equal(name, "");
}

static void a_value_may_look_like_an_option(void **state)
{
	char **words = WORDS("--name", "--explain", "ls");

	(void)state;
	assert_ptr_equal(read_words(words), words + 2);
	assert_string_equal(name, "--explain");
	assert_false(explain);
}

static void the_last_one_counts(void **state)
{
	(void)state;
	read_words(WORDS("--name", "a", "--name", "b", "ls"));
	assert_string_equal(name, "b");
}

static void one_that_may_be_repeated_fills_its_places(void **state)
{
	(void)state;
	read_words(WORDS("--many", "a", WORD("--many=b"), "--many", "c", "ls"));
	assert_string_equal(many[0], "a");
	assert_string_equal(many[1], "b");
	assert_string_equal(many[2], "c");
	assert_null(many[3]);
}

static void a_missing_value(void **state)
{
	(void)state;
	assert_complains(read_words(WORDS("--name")), "--name");
	assert_complains(read_words(WORDS("--without")), "--without");
}

static void an_unknown_option(void **state)
{
	(void)state;
	assert_complains(read_words(WORDS("--nam", "a")), "--nam");
	assert_complains(read_words(WORDS("--names", "a")), "--names");
	assert_complains(read_words(WORDS(WORD("--explain=loud"), "a")), "--explain");
}

static void bricks_are_left_out(void **state)
{
	(void)state;
	assert_true(with("pid"));
	assert_true(with("proc"));
	read_words(WORDS("--without", "proc", "ls"));
	assert_true(with("pid"));
	assert_false(with("proc"));
	read_words(WORDS("--without", "pid", WORD("--without=proc"), "ls"));
	assert_false(with("pid"));
	assert_false(with("proc"));
}

static void an_unknown_brick(void **state)
{
	(void)state;
	assert_complains(read_words(WORDS("--without", "roof", "ls")), "roof");
	assert_complains(read_words(WORDS("--without", "roof", "ls")), "pid proc");
	assert_complains(read_words(WORDS("--without", "", "ls")), "pid proc");
}

/* A typo in the source is a message, too. */
static void an_unknown_brick_in_the_source(void **state)
{
	(void)state;
	assert_complains(with("prox"), "\"prox\"");
	assert_complains(with("prox"), "pid proc");
}

static void a_missing_argument(void **state)
{
	char *words[] = { "ls", NULL };

	(void)state;
	usage = "ROOTFS COMMAND";
	assert_complains(read_options(0, words, 2), "usage: step1-pid [OPTION]... ROOTFS COMMAND");
}

static void explain_and_pause(void **state)
{
	(void)state;
	read_words(WORDS("--explain", "ls"));
	assert_true(explain);
	assert_false(paused);
	read_words(WORDS(WORD("--explain=pause"), "ls"));
	assert_true(explain);
	assert_true(paused);
}

static void clone_flags_by_name(void **state)
{
	(void)state;
	assert_string_equal(names_of(SIGCHLD), "SIGCHLD");
	assert_string_equal(names_of(CLONE_NEWPID | CLONE_NEWNS | SIGCHLD), "CLONE_NEWPID | CLONE_NEWNS | SIGCHLD");
}

/* What a text says of a call is worked out once: it may be a call itself. */
static void arguments_are_evaluated_once(void **state)
{
	int calls = 0, texts = 0;

	(void)state;
	DO_AS("count", ++calls, "count(%d)", ++texts);
	TRY_AS("count", ++calls, "count(%d)", ++texts);
	DO("count", ++calls);
	assert_int_equal(calls, 3);
	assert_int_equal(texts, 2);
}

/* A signal number, of which there is always one that nobody handles and one that somebody does. */
static void what_a_process_cares_about(void **state)
{
	(void)state;
	child = getpid();
	signal(SIGUSR1, SIG_DFL);
	assert_false(cares_about(SIGUSR1));
	signal(SIGUSR1, SIG_IGN);
	assert_true(cares_about(SIGUSR1));
	signal(SIGINT, SIG_DFL);
	assert_false(cares_about(SIGINT));
	child = 0;
}

/* What is said of a call that fails: what could not be done, the call, errno's text, where to look. */
static void a_call_that_fails(void **state)
{
	(void)state;
	errno = 0;
	assert_complains(DO("read from nowhere", read(-1, NULL, 0)), "cannot read from nowhere: read(-1, NULL, 0)");
	assert_complains(DO("read from nowhere", read(-1, NULL, 0)), "Bad file descriptor");
	assert_complains(DO("read from nowhere", read(-1, NULL, 0)), "step1-pid/README.md, \"When it fails\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(ends_at_the_first_word_that_is_none, forget),
		cmocka_unit_test_setup(a_single_dash_is_no_option, forget),
		cmocka_unit_test_setup(two_dashes_end_them, forget),
		cmocka_unit_test_setup(none_at_all, forget),
		cmocka_unit_test_setup(a_value_may_follow_an_equals_sign, forget),
		cmocka_unit_test_setup(a_value_may_look_like_an_option, forget),
		cmocka_unit_test_setup(the_last_one_counts, forget),
		cmocka_unit_test_setup(one_that_may_be_repeated_fills_its_places, forget),
		cmocka_unit_test_setup(a_missing_value, forget),
		cmocka_unit_test_setup(an_unknown_option, forget),
		cmocka_unit_test_setup(bricks_are_left_out, forget),
		cmocka_unit_test_setup(an_unknown_brick, forget),
		cmocka_unit_test_setup(an_unknown_brick_in_the_source, forget),
		cmocka_unit_test_setup(a_missing_argument, forget),
		cmocka_unit_test_setup(explain_and_pause, forget),
		cmocka_unit_test_setup(clone_flags_by_name, forget),
		cmocka_unit_test_setup(arguments_are_evaluated_once, forget),
		cmocka_unit_test_setup(what_a_process_cares_about, forget),
		cmocka_unit_test_setup(a_call_that_fails, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
