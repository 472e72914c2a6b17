/*
 * agent.h - a seccomp agent, which an engine names in config.json.
 */
#ifndef AGENT_H
#define AGENT_H

#include "bricks/container.h"

/* Give the agent the LISTENER of the filter of the process c->pid, with the container's state as JSON. Errors: nobody listens at its
 * socket. seccomp_unotify(2), unix(7) */
CHECKED int agent_give(struct container *c, int listener);

#endif
