/*
 * --volume SRC:DST[:ro]: read_volume; and check_rootfs, on directories that the test makes.
 *
 * cc: -Wl,--wrap=exit,--wrap=_exit
 */
#define main step_main
#include "../../step3-mount/step3-mount.c"
#include "unit.h"

static struct volume read_word(const char *word)
{
	return read_volume(word);
}

static void source_and_target(void **state)
{
	struct volume v = read_word("/usr:/mnt");

	(void)state;
	assert_string_equal(v.src, "/usr");
	assert_string_equal(v.dst, "/mnt");
	assert_false(v.read_only);
}

static void read_only(void **state)
{
	struct volume v = read_word("/usr:/mnt:ro");

	(void)state;
	assert_string_equal(v.dst, "/mnt");
	assert_true(v.read_only);
}

/* It is looked up at once, where the reader stands: the container will stand elsewhere. */
static void a_relative_source(void **state)
{
	struct volume v;

	(void)state;
	assert_int_equal(chdir("/usr"), 0);
	v = read_word("./../usr/.:/mnt");
	assert_string_equal(v.src, "/usr");
}

static void what_is_no_volume(void **state)
{
	static const char *const wrong[] = {
		"",           ":",          "/usr",         "/usr:",           "/usr:mnt",
		"/usr:./mnt", "/usr:/mnt:", "/usr:/mnt:rw", "/usr:/mnt:ro:ro", "/usr::ro",
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_complains(read_word(wrong[i]), "SRC:DST:ro");
		assert_complains(read_word(wrong[i]), wrong[i]);
	}
}

static void a_source_that_is_not_there(void **state)
{
	(void)state;
	assert_complains(read_word("/no/such/thing:/mnt"), "/no/such/thing:/mnt");
	assert_complains(read_word("/no/such/thing:/mnt"), "No such file or directory");
	assert_complains(read_word(":/mnt"), "--volume :/mnt");
}

/* Each of them is named when it is missing, and when it is a file or a link. */
static void a_rootfs_that_is_not_whole(void **state)
{
	static const char *const needed[] = { "proc", "sys", "dev", "tmp" };
	char rootfs[] = "/tmp/rootfs.XXXXXX", path[64];

	(void)state;
	assert_non_null(mkdtemp(rootfs));
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
		snprintf(path, sizeof path, "%s/%s", rootfs, needed[i]);
		assert_complains(check_rootfs(rootfs), path);
		assert_int_equal(symlink("/etc", path), 0);
		assert_complains(check_rootfs(rootfs), path);
		assert_int_equal(unlink(path), 0);
		assert_int_equal(mkdir(path, 0755), 0);
	}
	listen_in();
	check_rootfs(rootfs);
	assert_string_equal(hear_out(), "");
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
		snprintf(path, sizeof path, "%s/%s", rootfs, needed[i]);
		rmdir(path);
	}
	rmdir(rootfs);
	assert_complains(check_rootfs(rootfs), rootfs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(source_and_target),          cmocka_unit_test(read_only),
		cmocka_unit_test(a_relative_source),          cmocka_unit_test(what_is_no_volume),
		cmocka_unit_test(a_source_that_is_not_there), cmocka_unit_test(a_rootfs_that_is_not_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
