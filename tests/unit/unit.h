/*
 * unit.h - what the unit tests share. A test includes a step's source first, its main renamed:
 *
 *	#define main step_main
 *	#include "../../step3-mount/step3-mount.c"
 *	#include "unit.h"
 *
 * complaint(CALL) makes a call that is to end the program, and returns what it said. For that the
 * test is linked with -Wl,--wrap=exit,--wrap=_exit.
 */
#undef main
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>

static jmp_buf at_exit;
static int exit_status;
static char *said;

void __wrap_exit(int status);
void __wrap__exit(int status);

void __wrap_exit(int status)
{
	exit_status = status;
	longjmp(at_exit, 1);
}

void __wrap__exit(int status)
{
	__wrap_exit(status);
}

/* stderr is kept in said, until hear_out. */
static FILE *real_stderr;

static inline void listen_in(void)
{
	static size_t size;

	real_stderr = stderr;
	free(said);
	stderr = open_memstream(&said, &size);
	exit_status = -1;
}

static inline const char *hear_out(void)
{
	fclose(stderr);
	stderr = real_stderr;
	return said;
}

#define complaint(call) (listen_in(), setjmp(at_exit) == 0 ? (void)(call) : (void)0, hear_out())

/* It ended the program with 125 and one line that has the text. */
#define assert_complains(call, text) \
	do { \
		const char *line = complaint(call); \
		assert_int_equal(exit_status, 125); \
		if (!strstr(line, text)) \
			fail_msg("wanted \"%s\" in: %s", text, line); \
		assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1); \
	} while (0)
