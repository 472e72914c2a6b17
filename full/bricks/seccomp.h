/*
 * seccomp.h - the system call filter, and the compiler of profiles.
 */
#ifndef SECCOMP_H
#define SECCOMP_H

#include "bricks/container.h"

/* Set the spec's filter according to its seccomp, privileged and capabilities, and make a path in seccomp
 * absolute. Errors: a profile that can't be read. */
CHECKED int seccomp_choose(struct spec *s, struct error *e);

/* True if the filter has to be loaded before capabilities are dropped: without no_new_privs, that takes CAP_SYS_ADMIN. seccomp(2) */
bool seccomp_is_early(const struct spec *s);

/* Does this filter leave calls to an agent? */
bool seccomp_asks(const struct sock_fprog *filter);

/* Load the spec's filter. If it asks an agent, pass its listener to the host. It comes as late as possible: from then on, only the calls that it allows work. seccomp(2) */
CHECKED int seccomp_apply(struct container *c);

/* Compile TEXT, a profile in Docker's format, for a container with these CAPABILITIES. *FILTER
 * is valid until the next call. seccomp_rule_add(3) */
CHECKED int profile_compile(const char *text, uint64_t capabilities, struct sock_fprog *filter, struct error *e);

#endif
