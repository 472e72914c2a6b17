/*
 * profile.c - compiles a profile of system calls, in Docker's format, into a program for seccomp(2).
 *
 * The kernel runs a new filter once for every system call number, to learn which calls are always allowed. So calls whose
 * action does not depend on arguments go into a binary tree of ranges of their numbers: six comparisons, where a list
 * takes hundreds. libseccomp compiles the rules that depend on arguments; the leaves of the tree jump to them.
 *
 * This code has two callers: filter.c, for the default profile when box is built, and box, for other profiles.
 *
 *   read     seccomp(2), seccomp_rule_add(3); seccomp.json, which is the default
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "base/parse.h"
#include "bricks/seccomp.h"

enum { CALLS = 1024, NO_CALL = 0x40000000, EXECVE = SCMP_SYS(execve), SENDMSG = SCMP_SYS(sendmsg) };

/* Where to find the action of a call if it depends on arguments. ALLOWS: the call is refused, unless a rule allows these arguments.
 * REFUSES: the call is allowed, unless a rule refuses these arguments. */
enum tail { NO_TAIL, ALLOWS, REFUSES, TAILS };

struct architecture {
	uint32_t token;			/* AUDIT_ARCH_*, which libseccomp calls SCMP_ARCH_* */
	int last;			/* number of the last call that libseccomp knows */
	uint32_t action[CALLS];
	enum tail tail[CALLS];		/* NO_TAIL: the action does not depend on arguments */
};

struct profile {
	uint32_t fallback;		/* the action for calls without a rule */
	uint64_t capabilities;
	const char *machine;		/* its name in Docker's profiles */
	struct architecture architectures[2];	/* the machine's own, and its 32-bit one */
	int count;
	scmp_filter_ctx rules[TAILS];	/* of each tail */
	struct sock_filter code[BPF_MAXINSNS];	/* filled from its end */
	int length;
	int place[TAILS], tails;	/* where each tail begins, and where the last one does; counted from the end */
};

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static bool lists(const json_t *list, const char *word)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
		if (strcmp(json_string_value(one), word) == 0)
			return true;
	return false;
}

/* A list may be missing, or null. What is of another type must not be taken for that: a rule would apply to more than it says. */
static int check_lists(const json_t *object, struct error *e)
{
	static const struct { const char *key; json_type type; } all[] = {
		{ "architectures", JSON_STRING }, { "archMap", JSON_OBJECT }, { "subArchitectures", JSON_STRING }, { "syscalls", JSON_OBJECT },
		{ "names", JSON_STRING }, { "args", JSON_OBJECT }, { "caps", JSON_STRING }, { "arches", JSON_STRING }, { 0 }
	};

	for (int i = 0; all[i].key; i++) {
		const json_t *list = json_object_get(object, all[i].key), *one;
		size_t number;

		if (list && !json_is_null(list) && !json_is_array(list))
			return fail(e, "%s must be a list", all[i].key);
		json_array_foreach(list, number, one) {
			if (json_typeof(one) != all[i].type)
				return fail(e, "each element of %s must be a JSON %s", all[i].key, all[i].type == JSON_STRING ? "string" : "object");
			if (check_lists(one, e) == -1)
				return wrap(e, "%s[%zu]", all[i].key, number);
		}
	}
	for (int i = 0; i < 2; i++) {
		const json_t *conditions = json_object_get(object, i == 0 ? "includes" : "excludes");

		if (conditions && !json_is_null(conditions) && !json_is_object(conditions))
			return fail(e, "includes and excludes must be JSON objects");
		if (conditions && check_lists(conditions, e) == -1)
			return -1;
	}
	return 0;
}

static int read_action(const json_t *object, const char *key, const char *number, uint32_t *action, struct error *e)
{
	static const struct { const char *name; uint32_t action; } actions[] = {
		{ "SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW }, { "SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO },
		{ "SCMP_ACT_LOG", SECCOMP_RET_LOG }, { "SCMP_ACT_TRAP", SECCOMP_RET_TRAP },
		{ "SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD }, { "SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD },
		{ "SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS }, { "SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF },
		{ "SCMP_ACT_TRACE", SECCOMP_RET_TRACE }, { 0 }
	};
	const json_t *failure = json_object_get(object, number);
	const char *name = text_of(object, key);
	bool numbered;
	int i = 0;

	while (actions[i].name && strcmp(name, actions[i].name) != 0)
		i++;
	if (!actions[i].name)
		return fail(e, "%s must be SCMP_ACT_ALLOW, ERRNO, LOG, TRAP, KILL_THREAD, KILL_PROCESS, NOTIFY or TRACE, not \"%s\"", key, name);
	*action = actions[i].action;
	numbered = *action == SECCOMP_RET_ERRNO || *action == SECCOMP_RET_TRACE;
	if (failure && !json_is_null(failure) && !(numbered && json_is_integer(failure)))
		return fail(e, "%s of %s: it must be a number, and only SCMP_ACT_ERRNO and SCMP_ACT_TRACE take one", number, name);
	if (numbered)
		*action |= json_is_integer(failure) ? json_integer_value(failure) & SECCOMP_RET_DATA : EPERM;
	return 0;
}

/* ---- Architectures ------------------------------------------------------------------------------- */

static void add_architecture(struct profile *p, uint32_t token)
{
	struct architecture *a = &p->architectures[p->count++];

	a->token = token;
	for (int call = 0; call < CALLS; call++) {
		char *known FREED = seccomp_syscall_resolve_num_arch(token, call);

		a->action[call] = p->fallback;
		a->last = known ? call : a->last;
	}
}

/* The machines that box knows: their names in profiles, and the 32-bit programs that they run beside their own. */
static const struct machine {
	uint32_t own, older;
	const char *name, *older_name;
} known_machines[] = {
	{ SCMP_ARCH_X86_64, SCMP_ARCH_X86, "amd64", "SCMP_ARCH_X86" },
	{ SCMP_ARCH_AARCH64, SCMP_ARCH_ARM, "arm64", "SCMP_ARCH_ARM" },
	{ SCMP_ARCH_X86, 0, "x86", NULL },
	{ 0 },
};

/* libseccomp has their names in lower case, and without the prefix. */
static int check_architectures(const json_t *list, struct error *e)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		const char *name = json_string_value(one);
		char lower[32] = "";

		sscanf(name, "SCMP_ARCH_%31s", lower);
		for (char *letter = lower; *letter; letter++)
			*letter = tolower(*letter);
		if (!seccomp_arch_resolve_name(lower))
			return fail(e, "\"%s\" is no architecture; seccomp_arch_add(3) lists them", name);
	}
	return 0;
}

/* Add the machine's own architecture, and its 32-bit one if the profile names it. Never x32, whose numbers begin at NO_CALL. */
static int read_architectures(struct profile *p, const json_t *profile)
{
	const struct machine *machine = known_machines;
	const json_t *entry;
	bool both;
	size_t i;

	while (machine->own && machine->own != seccomp_arch_native())
		machine++;
	p->machine = machine->name;
	add_architecture(p, seccomp_arch_native());
	if (!machine->older)
		return 0;
	both = lists(json_object_get(profile, "architectures"), machine->older_name);
	json_array_foreach(json_object_get(profile, "archMap"), i, entry)
		both |= lists(json_object_get(entry, "subArchitectures"), machine->older_name);
	if (!both)
		return 0;
	add_architecture(p, machine->older);
	return seccomp_arch_add(p->rules[ALLOWS], p->architectures[1].token) | seccomp_arch_add(p->rules[REFUSES], p->architectures[1].token);
}

/* ---- Rules --------------------------------------------------------------------------------------- */

static bool has(const struct profile *p, const json_t *name)
{
	struct error unknown = { 0 };
	uint64_t one;

	return parse_capability(json_string_value(name), &one, &unknown) == 0 && p->capabilities & one;
}

/* minKernel is always met: a kernel that can run box is newer than any that profiles require. */
static bool applies(const struct profile *p, const json_t *rule)
{
	const json_t *includes = json_object_get(rule, "includes"), *excludes = json_object_get(rule, "excludes");
	const json_t *machines = json_object_get(includes, "arches"), *name;
	size_t i;

	json_array_foreach(json_object_get(includes, "caps"), i, name)
		if (!has(p, name))
			return false;
	json_array_foreach(json_object_get(excludes, "caps"), i, name)
		if (has(p, name))
			return false;
	return (json_array_size(machines) == 0 || lists(machines, p->machine)) &&
	       !lists(json_object_get(excludes, "arches"), p->machine);
}

static int read_comparison(const json_t *argument, struct scmp_arg_cmp *c, struct error *e)
{
	static const char *const names[] = { "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ" };
	const char *name = text_of(argument, "op");
	const json_t *index = json_object_get(argument, "index"), *value = json_object_get(argument, "value");
	const json_t *second = json_object_get(argument, "valueTwo");

	c->op = SCMP_CMP_NE;
	while (c->op <= SCMP_CMP_MASKED_EQ && strcmp(names[c->op - SCMP_CMP_NE], name) != 0)
		c->op++;
	if (c->op > SCMP_CMP_MASKED_EQ || !json_is_integer(index) || !json_is_integer(value) || (uint64_t)json_integer_value(index) > 5 ||
	    (second && !json_is_null(second) && !json_is_integer(second)))
		return fail(e, "an argument must have an index from 0 to 5, a value and perhaps a valueTwo, which are numbers, and an op such as "
			       "SCMP_CMP_EQ, not \"%s\"", name);
	c->arg = json_integer_value(index);
	c->datum_a = json_integer_value(value);
	c->datum_b = json_integer_value(second);
	return 0;
}

/* Of several rules, the first one counts, as with libseccomp. Ignore a name that it does not know: it is a call of another
 * architecture, or of a newer kernel. */
static void add_call(struct profile *p, const char *name, uint32_t action)
{
	for (struct architecture *a = p->architectures; a < p->architectures + p->count; a++) {
		int theirs = seccomp_syscall_resolve_name_arch(a->token, name);

		if (theirs >= 0 && theirs < CALLS && a->action[theirs] == p->fallback)
			a->action[theirs] = action;
	}
}

/* If one rule allows a call with all arguments, libseccomp ignores the rules for certain arguments. So the former is not a rule
 * here, but the default of a tail. */
static int add_condition(struct profile *p, const char *name, uint32_t action, unsigned count, const struct scmp_arg_cmp *compared)
{
	const int call = seccomp_syscall_resolve_name(name);
	const bool allowed = call >= 0 && call < CALLS && p->architectures->action[call] == SECCOMP_RET_ALLOW;
	const uint32_t usual = allowed ? SECCOMP_RET_ALLOW : p->fallback;
	const enum tail tail = allowed ? REFUSES : ALLOWS;

	for (struct architecture *a = p->architectures; a < p->architectures + p->count; a++) {
		int theirs = seccomp_syscall_resolve_name_arch(a->token, name);

		if (theirs >= 0 && theirs < CALLS)
			a->tail[theirs] = tail;
	}
	if (action == usual || call == __NR_SCMP_ERROR)
		return 0;
	return seccomp_rule_add_array(p->rules[tail], action, call, count, compared);
}

/* libseccomp takes one condition for each argument. A rule with several for one is as many rules: so runc and crun have it. */
static int add_conditions(struct profile *p, const char *name, uint32_t action, unsigned count, const struct scmp_arg_cmp *compared)
{
	unsigned seen = 0;

	for (unsigned i = 0; i < count; i++)
		seen |= 1u << compared[i].arg;
	if ((unsigned)__builtin_popcount(seen) == count)
		return add_condition(p, name, action, count, compared);
	for (unsigned i = 0; i < count; i++)
		if (add_condition(p, name, action, 1, &compared[i]) < 0)
			return -1;
	return 0;
}

/* The order in which rules have to be read. libseccomp refuses one that allows some arguments after one that refuses others. */
enum pass { ANY_ARGUMENTS, ALLOWED_ARGUMENTS, OTHER_ARGUMENTS, PASSES };

/* The container would wait for an answer of the agent, which does not know it yet. */
static int ask_about_sendmsg(struct error *e)
{
	return fail(e, "it asks the agent about sendmsg, by which box gives the agent the container; use another action for it");
}

static int read_rule(struct profile *p, const json_t *rule, enum pass pass, struct error *e)
{
	const json_t *names = json_object_get(rule, "names"), *arguments = json_object_get(rule, "args"), *one;
	struct scmp_arg_cmp compared[6];
	enum pass its_pass;
	uint32_t action;
	size_t i;

	if (read_action(rule, "action", "errnoRet", &action, e) == -1)
		return -1;
	if (!json_is_array(names) || json_array_size(arguments) > 6)
		return fail(e, "each entry of \"syscalls\" must have a list of \"names\", and at most six \"args\"");
	json_array_foreach(arguments, i, one)
		if (read_comparison(one, &compared[i], e) == -1)
			return -1;
	its_pass = action == SECCOMP_RET_ALLOW ? ALLOWED_ARGUMENTS : OTHER_ARGUMENTS;
	if (json_array_size(arguments) == 0)
		its_pass = ANY_ARGUMENTS;
	if (pass != its_pass || !applies(p, rule))
		return 0;
	json_array_foreach(names, i, one) {
		const char *name = json_string_value(one);

		if (action == SECCOMP_RET_USER_NOTIF && strcmp(name, "sendmsg") == 0)
			return ask_about_sendmsg(e);
		if (pass == ANY_ARGUMENTS)
			add_call(p, name, action);
		else if (add_conditions(p, name, action, json_array_size(arguments), compared) < 0)
			return fail(e, "%s: libseccomp can't combine this rule with the others", name);
	}
	return 0;
}

/* ---- The program --------------------------------------------------------------------------------- */

/* Put an instruction before all others. Returns its position, counted from the end. Jumps only lead forward, so the target of
 * a jump must exist before the jump. */
static int emit(struct profile *p, uint16_t code, uint32_t k, int yes, int no)
{
	if (p->length < BPF_MAXINSNS)
		p->code[BPF_MAXINSNS - ++p->length] = (struct sock_filter){ code, yes, no, k };
	return p->length;
}

static int emit_jump(struct profile *p, int to)
{
	return emit(p, BPF_JMP | BPF_JA, p->length - to, 0, 0);
}

/* A comparison can jump over at most 255 instructions. */
static int within_reach(struct profile *p, int to)
{
	return p->length - to < 255 ? to : emit_jump(p, to);
}

struct range { uint32_t from, action; };

/* Ranges with the same action share one instruction, as far as a comparison can jump. */
static int emit_action(struct profile *p, uint32_t action)
{
	const bool tail = action > NO_TAIL && action < TAILS;
	const uint16_t code = tail ? BPF_JMP | BPF_JA : BPF_RET | BPF_K;

	for (int at = p->length; at > p->tails && p->length - at < 200; at--) {
		const struct sock_filter *one = &p->code[BPF_MAXINSNS - at];

		if (one->code == code && one->k == (tail ? (uint32_t)(at - 1 - p->place[action]) : action))
			return at;
	}
	return tail ? emit_jump(p, p->place[action]) : emit(p, code, action, 0, 0);
}

static int emit_tree(struct profile *p, const struct range *r, int count)
{
	int high, low;

	if (count == 1)
		return emit_action(p, r->action);
	high = emit_tree(p, r + count / 2, count - count / 2);
	low = within_reach(p, emit_tree(p, r, count / 2));
	high = within_reach(p, high);
	return emit(p, BPF_JMP | BPF_JGE | BPF_K, r[count / 2].from, p->length - high, p->length - low);
}

static void add_range(struct range *ranges, int *count, uint32_t from, uint32_t action)
{
	if (*count == 0 || ranges[*count - 1].action != action)
		ranges[(*count)++] = (struct range){ from, action };
}

/* A call that is newer than libseccomp fails with ENOSYS, as on an older kernel. Libraries can handle that. */
static void emit_architecture(struct profile *p, const struct architecture *a)
{
	const uint32_t missing = SECCOMP_RET_ERRNO | ENOSYS;
	const bool refuses = (p->fallback & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO;
	struct range ranges[CALLS + 2];
	int count = 0, others = p->length;

	for (int call = 0; call <= a->last; call++)
		add_range(ranges, &count, call, a->tail[call] ? a->tail[call] : a->action[call]);
	add_range(ranges, &count, a->last + 1, refuses ? missing : p->fallback);
	add_range(ranges, &count, NO_CALL, missing);
	emit_jump(p, emit_tree(p, ranges, count));
	emit(p, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	emit_jump(p, others);
	emit(p, BPF_JMP | BPF_JEQ | BPF_K, a->token, 1, 0);
}

/* libseccomp writes its program to a descriptor. */
static int emit_tail(struct profile *p, enum tail tail)
{
	CLOSED int fd = memory_file("filter", 0, false);
	char *end = (char *)(p->code + BPF_MAXINSNS - p->length);
	off_t length;

	if (fd == -1 || seccomp_export_bpf(p->rules[tail], fd) < 0)
		return -1;
	length = lseek(fd, 0, SEEK_END);
	if (length == -1 || length > end - (char *)p->code || pread(fd, end - length, length, 0) != length)
		return -1;
	p->length += length / (off_t)sizeof *p->code;
	p->tails = p->place[tail] = p->length;
	return 0;
}

/* Write the program from its end to its beginning. */
static int compile(struct profile *p, const json_t *profile, struct error *e)
{
	const struct architecture *a = p->architectures;
	const json_t *rule;
	size_t i;

	if (read_action(profile, "defaultAction", "defaultErrnoRet", &p->fallback, e) == -1)
		return -1;
	p->rules[ALLOWS] = seccomp_init(p->fallback);
	p->rules[REFUSES] = seccomp_init(SCMP_ACT_ALLOW);
	if (!p->rules[ALLOWS] || !p->rules[REFUSES])
		return -1;
	if (check_lists(profile, e) == -1 || check_architectures(json_object_get(profile, "architectures"), e) == -1)
		return -1;
	if (read_architectures(p, profile) < 0)
		return fail(e, "libseccomp does not support the 32-bit architecture of this machine");
	for (enum pass pass = ANY_ARGUMENTS; pass < PASSES; pass++)
		json_array_foreach(json_object_get(profile, "syscalls"), i, rule)
			if (read_rule(p, rule, pass, e) == -1)
				return -1;
	if (a->tail[EXECVE] == NO_TAIL && a->action[EXECVE] != SECCOMP_RET_ALLOW && a->action[EXECVE] != SECCOMP_RET_LOG &&
	    a->action[EXECVE] != SECCOMP_RET_USER_NOTIF)
		return fail(e, "it refuses execve, so no command could start; allow execve");
	if (a->action[SENDMSG] == SECCOMP_RET_USER_NOTIF)
		return ask_about_sendmsg(e);
	for (int call = 0; call <= a->last; call++)	/* its action for all other arguments */
		if (a->tail[call] == ALLOWS && a->action[call] != p->fallback)
			seccomp_rule_add(p->rules[ALLOWS], a->action[call], call, 0);
	if (emit_tail(p, ALLOWS) == -1 || emit_tail(p, REFUSES) == -1)
		return fail_call(e, "compile the rules that depend on arguments", "seccomp_export_bpf()");
	emit(p, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
	for (int one = p->count - 1; one >= 0; one--)
		emit_architecture(p, &p->architectures[one]);
	emit(p, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
	return p->length < BPF_MAXINSNS ? 0 : fail(e, "too long; a filter has at most %d instructions", BPF_MAXINSNS);
}

int profile_compile(const char *text, uint64_t capabilities, struct sock_fprog *filter, struct error *e)
{
	static struct profile p;
	json_error_t where;
	json_t *profile = json_loads(text, 0, &where);
	int result = -1;

	p = (struct profile){ .capabilities = capabilities };
	if (!profile)
		fail(e, "line %d: %s", where.line, where.text);
	else
		result = compile(&p, profile, e);
	for (int tail = ALLOWS; tail < TAILS; tail++)
		if (p.rules[tail])
			seccomp_release(p.rules[tail]);
	json_decref(profile);
	*filter = (struct sock_fprog){ p.length, p.code + BPF_MAXINSNS - p.length };
	return result;
}
