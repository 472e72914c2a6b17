/*
 * resources.c - the resources of a config.json, as the files of cgroup v2 have them.
 *
 * The runtime-spec's numbers are those of cgroup v1. Other runtimes translate them by the formulas here, and so do we. 0 and null mean
 * "not set", and -1 "no limit"; but of huge pages, 0 means none, as Kubernetes asks for it.
 *
 *   read     the OCI runtime-spec's config-linux.md; crun(1), "cgroup v2"; the kernel's admin-guide/cgroup-v2.rst
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <linux/bpf.h>
#include <string.h>

#include "base/list.h"
#include "base/parse.h"
#include "base/spec.h"
#include "base/text.h"
#include "oci/rows.h"

struct rate { int64_t major, minor, rate; };
struct page_limit { const char *size; int64_t limit; };

struct numbers {
	struct { int64_t limit, reservation, swap; } memory;
	struct { int64_t shares, quota, period, idle, burst; const char *cpus, *mems; } cpu;
	struct { int64_t limit; } pids;
	struct { int64_t weight; struct rate *reads, *writes, *read_ops, *write_ops; } io;
	struct page_limit *pages;
	struct device_rule *devices;
	struct setting *rdma;
	const json_t *unified;
};

static void PRINTS(3, 4) set(struct setting **list, const char *file, const char *format, ...)
{
	struct setting one = { .file = file };
	va_list values;

	va_start(values, format);
	one.value = vformatted(format, values);
	va_end(values);
	*list = append(*list, sizeof one, &one);
}

static int keep(struct reader *r, const json_t *value, const struct field *f UNUSED, void *into)
{
	*(const json_t **)into = value;
	return json_is_object(value) ? 0 : fail_at(r, "an object is wanted here");
}

struct handles { int64_t handles, objects; };

static const struct field handle_fields[] = {
	{ .name = "hcaHandles", .read = read_count, .place = 0 }, { .name = "hcaObjects", .read = read_count, .place = sizeof(int64_t) }, { 0 }
};

/* Of each device, either number may be missing: then it is not limited. */
static int read_rdma(struct reader *r, const json_t *value, const struct field *f UNUSED, void *into)
{
	struct setting **list = into;
	const char *device;
	const json_t *one;

	if (!json_is_object(value))
		return fail_at(r, "an object is wanted here");
	json_object_foreach((json_t *)value, device, one) {
		struct handles most = { -1, -1 };

		if (read_fields(r, one, handle_fields, &most) == -1)
			return -1;
		if (most.handles >= 0)
			set(list, "rdma.max", "%s hca_handle=%" PRId64, device, most.handles);
		if (most.objects >= 0)
			set(list, "rdma.max", "%s hca_object=%" PRId64, device, most.objects);
	}
	return 0;
}

struct device_row { bool allow; const char *type, *access; int64_t major, minor; };

static const struct field device_fields[] = {
	{ .name = "allow", .read = read_flag, .place = offsetof(struct device_row, allow), .required = true },
	{ .name = "type", .read = read_string, .place = offsetof(struct device_row, type) },
	{ .name = "access", .read = read_string, .place = offsetof(struct device_row, access) },
	{ .name = "major", .read = read_number, .place = offsetof(struct device_row, major) },
	{ .name = "minor", .read = read_number, .place = offsetof(struct device_row, minor) },
	{ 0 }
};

/* Without a number, a rule is for all numbers; without an access, for all of them. */
static int read_device_rule(struct reader *r, const json_t *value, const struct field *f UNUSED, void *into)
{
	struct device_row row = { .type = "a", .access = "rwm", .major = -1, .minor = -1 };
	struct device_rule *rule = into;

	if (read_fields(r, value, device_fields, &row) == -1)
		return -1;
	if (strlen(row.type) != 1 || !strchr("abcu", *row.type))
		return fail_at(r, "\"%s\" is no type of a device; use a, b or c", row.type);
	*rule = (struct device_rule){ .allow = row.allow, .major = row.major, .minor = row.minor };
	if (*row.type != 'a')
		rule->type = *row.type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
	rule->access = *row.access ? access_of(row.access) : ALL_ACCESS;
	return rule->access ? 0 : fail_at(r, "access \"%s\" has none of r, w and m", row.access);
}

#define NUMBER(name_, field_) { .name = (name_), .read = read_number, .place = offsetof(struct numbers, field_) }
/* What only cgroup v1 has, and what box does not have, either. */
#define NOT_HERE(name_) { .name = (name_), .read = refuse }
#define TEXT(name_, field_) { .name = (name_), .read = read_string, .place = offsetof(struct numbers, field_) }
#define RATES(name_, field_) { .name = (name_), .read = read_list, .place = offsetof(struct numbers, field_), .fields = rate_fields, .size = sizeof(struct rate) }
static const struct field memory_fields[] = {
	NUMBER("limit", memory.limit), NUMBER("reservation", memory.reservation), NUMBER("swap", memory.swap),
	NOT_HERE("kernel"), NOT_HERE("kernelTCP"), NOT_HERE("swappiness"), NOT_HERE("disableOOMKiller"), NOT_HERE("checkBeforeUpdate"), { 0 }
}, cpu_fields[] = {
	NUMBER("shares", cpu.shares), NUMBER("quota", cpu.quota), NUMBER("period", cpu.period), NUMBER("idle", cpu.idle),
	NUMBER("burst", cpu.burst), TEXT("cpus", cpu.cpus), TEXT("mems", cpu.mems),
	NOT_HERE("realtimeRuntime"), NOT_HERE("realtimePeriod"), { 0 }
}, pids_fields[] = {
	NUMBER("limit", pids.limit), { 0 }
}, rate_fields[] = {
	{ .name = "major", .read = read_number, .place = offsetof(struct rate, major), .required = true },
	{ .name = "minor", .read = read_number, .place = offsetof(struct rate, minor), .required = true },
	{ .name = "rate", .read = read_count, .place = offsetof(struct rate, rate), .required = true },
	{ 0 }
}, io_fields[] = {
	NUMBER("weight", io.weight), RATES("throttleReadBpsDevice", io.reads), RATES("throttleWriteBpsDevice", io.writes),
	RATES("throttleReadIOPSDevice", io.read_ops), RATES("throttleWriteIOPSDevice", io.write_ops), NOT_HERE("leafWeight"), NOT_HERE("weightDevice"), { 0 }
}, page_fields[] = {
	{ .name = "pageSize", .read = read_string, .place = offsetof(struct page_limit, size), .required = true },
	{ .name = "limit", .read = read_number, .place = offsetof(struct page_limit, limit), .required = true },
	{ 0 }
}, number_fields[] = {
	{ .name = "memory", .read = read_object, .fields = memory_fields },
	{ .name = "cpu", .read = read_object, .fields = cpu_fields },
	{ .name = "pids", .read = read_object, .fields = pids_fields },
	NOT_HERE("network"),
	{ .name = "blockIO", .read = read_object, .fields = io_fields },
	{ .name = "hugepageLimits", .read = read_list, .place = offsetof(struct numbers, pages), .fields = page_fields, .size = sizeof(struct page_limit) },
	{ .name = "devices", .read = read_list, .place = offsetof(struct numbers, devices), .element = read_device_rule, .size = sizeof(struct device_rule) },
	{ .name = "rdma", .read = read_rdma, .place = offsetof(struct numbers, rdma) },
	{ .name = "unified", .read = keep, .place = offsetof(struct numbers, unified) },
	{ 0 }
};

static void set_limit(struct setting **list, const char *file, int64_t number)
{
	if (number < 0)
		set(list, file, "max");
	else if (number)
		set(list, file, "%" PRId64, number);
}

/* In the runtime-spec, swap is memory and swap together. */
static int set_memory(struct reader *r, const struct numbers *n, struct setting **list)
{
	const int64_t limit = n->memory.limit, swap = n->memory.swap;

	if (swap > 0 && (limit <= 0 || swap < limit))
		return fail_at(r, "memory.swap is memory and swap together: it needs a memory.limit, and can't be less");
	set_limit(list, "memory.low", n->memory.reservation);
	set_limit(list, "memory.max", limit);
	if (swap < 0)
		set(list, "memory.swap.max", "max");
	else if (swap > 0)
		set(list, "memory.swap.max", "%" PRId64, swap - limit);
	return 0;
}

/* Numbers from LEAST to MOST become weights from 1 to 10000. */
static int64_t weight_of(int64_t number, int64_t least, int64_t most)
{
	if (number <= least)
		return 1;
	if (number >= most)
		return 10000;
	return 1 + (number - least) * 9999 / (most - least);
}

static void set_cpu(const struct numbers *n, struct setting **list)
{
	const int64_t period = n->cpu.period ? n->cpu.period : 100000;

	if (n->cpu.shares)
		set(list, "cpu.weight", "%" PRId64, weight_of(n->cpu.shares, 2, 262144));
	if (n->cpu.quota < 0 || (!n->cpu.quota && n->cpu.period))
		set(list, "cpu.max", "max %" PRId64, period);
	else if (n->cpu.quota)
		set(list, "cpu.max", "%" PRId64 " %" PRId64, n->cpu.quota, period);
	if (n->cpu.burst)
		set(list, "cpu.max.burst", "%" PRId64, n->cpu.burst);
	if (n->cpu.idle)
		set(list, "cpu.idle", "%" PRId64, n->cpu.idle);
	if (n->cpu.cpus && *n->cpu.cpus)
		set(list, "cpuset.cpus", "%s", n->cpu.cpus);
	if (n->cpu.mems && *n->cpu.mems)
		set(list, "cpuset.mems", "%s", n->cpu.mems);
}

static void set_io(const struct numbers *n, struct setting **list)
{
	const struct { const struct rate *rates; const char *word; } all[] = {
		{ n->io.reads, "rbps" }, { n->io.writes, "wbps" }, { n->io.read_ops, "riops" }, { n->io.write_ops, "wiops" },
	};

	if (n->io.weight)
		set(list, "io.weight", "%" PRId64, weight_of(n->io.weight, 10, 1000));
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		for (const struct rate *one = all[i].rates; one && (one->major || one->rate); one++)
			set(list, "io.max", "%" PRId64 ":%" PRId64 " %s=%" PRId64, one->major, one->minor, all[i].word, one->rate);
}

static int set_rest(struct reader *r, const struct numbers *n, struct setting **list)
{
	const char *key;
	const json_t *value;

	for (const struct page_limit *p = n->pages; p && p->size; p++)
		set(list, formatted("hugetlb.%s.max", p->size), p->limit < 0 ? "max" : "%" PRId64, p->limit);
	for (const struct setting *one = n->rdma; one && one->file; one++)
		*list = append(*list, sizeof *one, one);
	json_object_foreach((json_t *)n->unified, key, value) {
		if (!json_is_string(value) || strchr(key, '/') || !strchr(key, '.'))
			return fail_at(r, "unified.%s: a file of a cgroup (CONTROLLER.NAME), and a string, are wanted here", key);
		set(list, key, "%s", json_string_value(value));
	}
	return 0;
}

int read_resources(struct reader *r, const json_t *value, const struct field *f UNUSED, void *into)
{
	struct resources *wanted = into;
	struct setting **list = &wanted->unified;
	struct numbers n = { 0 };

	if (read_fields(r, value, number_fields, &n) == -1 || set_memory(r, &n, list) == -1)
		return -1;
	wanted->devices = n.devices;
	set_cpu(&n, list);
	set_limit(list, "pids.max", n.pids.limit);
	set_io(&n, list);
	return set_rest(r, &n, list);
}
