/*
 * parse.h - parsers of values. Each returns 0, or fails with a message that says which values are accepted.
 */
#ifndef PARSE_H
#define PARSE_H

#include <stdint.h>

#include "base/error.h"

/*
 * Of an option's value. VALUE points to the struct with the parser's name (spec.h); for volume and tmpfs, to a struct
 * mount; for size, cpus and pids, to a uint64_t.
 *
 * size: bytes, or a number with the suffix b, k, m, g or t (any case, powers of 1024); "max" or -1 gives UINT64_MAX
 * cpus: 0.01 to 8192, or max; *VALUE is in microseconds of every 100000 (cgroup v2's cpu.max)
 * pids: 1 to 4194304; max or -1 gives UINT64_MAX
 * volume: SRC:DST[:ro|:rw]; SRC becomes absolute, DST has to be
 * port: HOST:CONTAINER[/tcp|/udp]
 * ulimit: NAME=SOFT[:HARD]; NAME is one of getrlimit(2)'s, in lower case and without RLIMIT_
 */
typedef int parser(const char *word, void *value, struct error *e);
parser parse_size, parse_cpus, parse_pids, parse_volume, parse_tmpfs, parse_port, parse_throttle, parse_ulimit, parse_sysctl;

/* A word of mount(8): which flags of mount(2) it sets and clears, or which propagation it means. */
struct mount_word { const char *word; unsigned long set, clear, propagation; };
extern const struct mount_word mount_words[];	/* ends with a NULL word */
const struct mount_word *find_mount_word(const char *word);	/* NULL: it is none of them */

/* A decimal number from LEAST to MOST. */
CHECKED int parse_number(const char *word, uint64_t least, uint64_t most, uint64_t *number, struct error *e);

/* The bits BPF_DEVCG_ACC_* for those of the letters r, w and m that are in LETTERS. linux/bpf.h */
int access_of(const char *letters);

/* A name from capabilities(7), in any case, with or without CAP_; ALL means all of them. The names are in the order of their numbers. */
extern const char *const capability_names[];	/* ends with NULL */
CHECKED int parse_capability(const char *word, uint64_t *set, struct error *e);

/* The name of a container. */
CHECKED int parse_name(const char *word, struct error *e);

/* The name or the number of a signal: signal(7). RTMIN+3 and RTMAX-1 are names, too. */
CHECKED int parse_signal(const char *word, int *number, struct error *e);

#endif
