/*
 * exec.c - box exec: the command line of it (life/exec.c does the work).
 */
#include <stddef.h>

#include "base/list.h"
#include "bricks/seccomp.h"
#include "cli/cli.h"
#include "life/container.h"
#include "life/store.h"

/* A variable of --env replaces one of a file, wherever it stands, as in box run. */
struct words { struct spec spec; char **from_files; };

#define AT(field) offsetof(struct words, spec.field)
const struct option exec_options[] = {
	{ "interactive", 'i', NULL, "connect your standard input", take_flag, AT(own.interactive), NULL, 0 },
	{ "tty", 't', NULL, "allocate a pseudo-terminal", take_flag, AT(process.terminal), NULL, 0 },
	{ "detach", 'd', NULL, "run in the background", take_flag, AT(own.detach), NULL, 0 },
	{ "env", 'e', "NAME=VALUE", "set an environment variable; with NAME alone, copy yours", take_environment, AT(process.env), NULL, 0 },
	{ "env-file", 0, "FILE", "set the variables that FILE lists, a line for each", take_env_file, offsetof(struct words, from_files), NULL, 0 },
	{ "workdir", 'w', "DIR", "working directory (default: the container's)", take_workdir, AT(process.cwd), NULL, 0 },
	{ "user", 'u', "USER[:GROUP]", "user name or UID (default: the container's)", take_word, AT(process.user), NULL, 0 },
	{ "explain", 0, "[=pause]", "print every system call; pause: wait for Enter before each", take_explain, 0, NULL, 0 },
	{ 0 }
};

int command_exec(char **words, struct error *e)
{
	struct words all = { 0 };
	struct spec *s = &all.spec;
	struct state state;
	int status = -1;

	if (!(words = read_options(exec_options, &all, words, e)))
		return -1;
	for (char **pair = s->process.env; pair && *pair; pair++)
		all.from_files = put_variable(all.from_files, *pair);
	s->process.env = all.from_files;
	if (!words[0] || !words[1])
		return fail(e, "usage: box exec [OPTION]... ID COMMAND [ARG...]");
	if (s->own.detach && (s->process.terminal || s->own.interactive))
		return fail(e, "-d can't be combined with -i or -t: a command in the background has no user at a terminal; omit one of them");
	if (store_find(words[0], &state, e) == -1)
		return -1;
	s->process.args = words + 1;
	s->process.umask = 022;
	record_spec(&state, s);
	if (s->filter.len || seccomp_choose(s, e) == 0)
		status = container_exec(s, &state, e);
	record_free(&state);
	return status;
}
