/*
 * guard.c - which devices a container may use: a program that the kernel runs whenever a process of the cgroup opens or creates one.
 *
 * cgroup v1 had a file for such rules. In v2, the rules are BPF instructions. The last rule that fits decides, as in the runtime-spec,
 * so the program looks at the last one first.
 *
 *   see      bpftool cgroup show /sys/fs/cgroup/... lists a program of type cgroup_device
 *   read     bpf(2); the kernel's admin-guide/cgroup-v2.rst, "Device controller"; linux/bpf.h on struct bpf_cgroup_dev_ctx
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bricks/brick.h"
#include "bricks/cgroup.h"

enum { MOST = 4096 };	/* instructions: BPF_MAXINSNS */

struct program { struct bpf_insn code[MOST]; int length; };

#define ANY (-1)

/* What every container may do, whatever the config says, as runc has it: create any node (which is no access yet), and use these. */
static const struct device_rule usual[] = {
	{ true, BPF_DEVCG_DEV_CHAR, ANY, ANY, BPF_DEVCG_ACC_MKNOD }, { true, BPF_DEVCG_DEV_BLOCK, ANY, ANY, BPF_DEVCG_ACC_MKNOD },
	{ true, BPF_DEVCG_DEV_CHAR, 1, 3, ALL_ACCESS }, { true, BPF_DEVCG_DEV_CHAR, 1, 5, ALL_ACCESS }, { true, BPF_DEVCG_DEV_CHAR, 1, 7, ALL_ACCESS },
	{ true, BPF_DEVCG_DEV_CHAR, 1, 8, ALL_ACCESS }, { true, BPF_DEVCG_DEV_CHAR, 1, 9, ALL_ACCESS }, { true, BPF_DEVCG_DEV_CHAR, 5, 0, ALL_ACCESS },
	{ true, BPF_DEVCG_DEV_CHAR, 5, 1, ALL_ACCESS }, { true, BPF_DEVCG_DEV_CHAR, 5, 2, ALL_ACCESS }, { true, BPF_DEVCG_DEV_CHAR, 136, ANY, ALL_ACCESS },
	{ 0 }
};

/* The registers: r2 has the type, r3 the access that is asked for, r4 and r5 the device's number. */
enum { ANSWER, CONTEXT, TYPE, ACCESS, MAJOR, MINOR, SCRATCH };

static void emit(struct program *p, int code, int to, int from, int offset, int32_t value)
{
	if (p->length < MOST)
		p->code[p->length++] = (struct bpf_insn){ .code = code, .dst_reg = to, .src_reg = from, .off = offset, .imm = value };
}

static void emit_begin(struct program *p)
{
	emit(p, BPF_LDX | BPF_MEM | BPF_W, TYPE, CONTEXT, offsetof(struct bpf_cgroup_dev_ctx, access_type), 0);
	emit(p, BPF_ALU | BPF_MOV | BPF_X, ACCESS, TYPE, 0, 0);
	emit(p, BPF_ALU | BPF_RSH | BPF_K, ACCESS, 0, 0, 16);
	emit(p, BPF_ALU | BPF_AND | BPF_K, TYPE, 0, 0, 0xffff);
	emit(p, BPF_LDX | BPF_MEM | BPF_W, MAJOR, CONTEXT, offsetof(struct bpf_cgroup_dev_ctx, major), 0);
	emit(p, BPF_LDX | BPF_MEM | BPF_W, MINOR, CONTEXT, offsetof(struct bpf_cgroup_dev_ctx, minor), 0);
}

static void emit_answer(struct program *p, bool allow)
{
	emit(p, BPF_ALU64 | BPF_MOV | BPF_K, ANSWER, 0, 0, allow);
	emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* A rule that allows fits if it has all that is asked for; one that forbids, if it has any of it. Jumps over the answer are filled in
 * at its end. */
static void emit_rule(struct program *p, const struct device_rule *r)
{
	const int first = p->length;

	if (r->type)
		emit(p, BPF_JMP | BPF_JNE | BPF_K, TYPE, 0, 0, r->type);
	if (r->access != ALL_ACCESS) {
		emit(p, BPF_ALU | BPF_MOV | BPF_X, SCRATCH, ACCESS, 0, 0);
		emit(p, BPF_ALU | BPF_AND | BPF_K, SCRATCH, 0, 0, r->allow ? ALL_ACCESS & ~r->access : r->access);
		emit(p, BPF_JMP | (r->allow ? BPF_JNE : BPF_JEQ) | BPF_K, SCRATCH, 0, 0, 0);
	}
	if (r->major != ANY)
		emit(p, BPF_JMP | BPF_JNE | BPF_K, MAJOR, 0, 0, r->major);
	if (r->minor != ANY)
		emit(p, BPF_JMP | BPF_JNE | BPF_K, MINOR, 0, 0, r->minor);
	emit_answer(p, r->allow);
	for (int i = first; i < p->length; i++)
		if (BPF_CLASS(p->code[i].code) == BPF_JMP && BPF_OP(p->code[i].code) != BPF_EXIT)
			p->code[i].off = p->length - i - 1;
}

static bool fits_all(const struct device_rule *r)
{
	return !r->type && r->access == ALL_ACCESS && r->major == ANY && r->minor == ANY;
}

/* Returns true if the last of them fits everything. The kernel refuses instructions that are never reached. */
static bool emit_backwards(struct program *p, const struct device_rule *first)
{
	const struct device_rule *r = first;

	while (r->access)
		r++;
	while (r-- > first) {
		emit_rule(p, r);
		if (fits_all(r))
			return true;
	}
	return false;
}

static int load(struct container *c, const struct program *p)
{
	union bpf_attr load = { .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE, .insns = (uintptr_t)p->code, .insn_cnt = p->length, .license = (uintptr_t)"" };
	CLOSED int program = SHOW(&c->error, "load the rules for devices", syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load),
				  "bpf(BPF_PROG_LOAD, {BPF_PROG_TYPE_CGROUP_DEVICE, %d instructions})", p->length);
	union bpf_attr attach = { .target_fd = c->cgroup_fd, .attach_bpf_fd = program, .attach_type = BPF_CGROUP_DEVICE, .attach_flags = BPF_F_ALLOW_MULTI };

	return program == -1 ? -1 :
	       SHOW(&c->error, "apply them to the cgroup", syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach),
		    "bpf(BPF_PROG_ATTACH, {%d, %d, BPF_CGROUP_DEVICE})", c->cgroup_fd, program);
}

/* Without root of the host, no program can be loaded, and none is needed: no device can be created either. */
int guard_devices(struct container *c)
{
	const struct device_rule *rules = c->spec->resources.devices;
	static struct program p;

	if (!rules || c->rootless)
		return 0;
	p.length = 0;
	emit_begin(&p);
	emit_backwards(&p, usual);
	if (!emit_backwards(&p, rules))
		emit_answer(&p, false);
	if (p.length == MOST)
		return fail(&c->error, "too many device rules: they need more than %d instructions", MOST - 1);
	return load(c, &p) == 0 ? 0 :
	       remedy(&c->error, EPERM, "an outer container may not let box load programs; leave out linux.resources.devices");
}
