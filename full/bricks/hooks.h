/*
 * hooks.h - programs that an engine wants to run at points of a container's life.
 */
#ifndef HOOKS_H
#define HOOKS_H

#include <jansson.h>

#include "bricks/container.h"

/* The container's state, as the OCI runtime-spec's runtime.md has it, for the caller to free. */
json_t *hooks_state(const struct spec *s, const char *status, pid_t pid);

/*
 * Run the hooks of the spec for this point, in their order, up to the first that fails; hook_run() runs one of them. Each gets the container's
 * state, with STATUS and PID, as JSON on its standard input: the OCI runtime-spec's config.md, "POSIX-platform Hooks". Errors: one can't be
 * started, fails, or takes longer than its timeout.
 */
CHECKED int hooks_run(const struct spec *s, enum hooks point, const char *status, pid_t pid, struct error *e);
CHECKED int hook_run(const struct spec *s, enum hooks point, const struct hook *h, const char *status, pid_t pid, struct error *e);

#endif
