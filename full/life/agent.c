/*
 * agent.c - a seccomp agent: a program of the host's that decides about system calls which the container's filter leaves to it.
 *
 * The inside loads the filter and passes its listener out, and box connects to the agent's socket. From then on, the two of them talk
 * without box: a call waits until the agent has answered.
 *
 *   read     seccomp_unotify(2); the OCI runtime-spec's config-linux.md, "The Container Process State"
 */
#define _GNU_SOURCE
#include <jansson.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "bricks/channel.h"
#include "bricks/hooks.h"
#include "life/agent.h"

int agent_give(struct container *c, int listener)
{
	const struct engine *engine = &c->spec->engine;
	const pid_t first = engine->first ? engine->first : c->pid;
	json_t *state = hooks_state(c->spec, engine->first ? "running" : "creating", first);
	json_t *json = json_pack("{s:s, s:[s], s:i, s:s*, s:o}", "ociVersion", "1.0.2", "fds", "seccompFd", "pid", c->pid,
				 "metadata", engine->metadata, "state", state);
	char *text FREED = json_dumps(json, 0);
	CLOSED int agent = socket_connect(engine->agent, "connect to the seccomp agent", &c->error);

	json_decref(json);
	return agent == -1 ? -1 : descriptor_pass(agent, "pass the filter's listener to the agent", listener, text, &c->error);
}
