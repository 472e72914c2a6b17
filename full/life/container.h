/*
 * container.h - the life of a container, as in the OCI runtime-spec.
 */
#ifndef LIFE_H
#define LIFE_H

#include "bricks/channel.h"
#include "life/record.h"

/*
 * container_create creates everything but the command; then the child waits. container_start lets the child become the command,
 * and returns when it has. container_wait forwards signals and returns the exit status that docker-run(1) describes.
 * container_delete removes everything. It only warns, and may be called at any point of the life. container_destroy does the same, and
 * fails if something is left.
 */
CHECKED int container_create(struct container *c, const struct spec *s);
CHECKED int container_start(struct container *c);
CHECKED int container_wait(struct container *c);
void container_delete(struct container *c);
CHECKED int container_destroy(struct container *c);

/* The four of them; with -d in the background, and this prints the ID. Returns the exit status, or -1. */
CHECKED int container_run(const struct spec *s, struct error *e);

/* Run another command, which SPEC describes, in the running container of STATE. Returns the exit status, or -1. */
CHECKED int container_exec(const struct spec *s, const struct state *state, struct error *e);

/* Set c->maps to the maps of the process PID, to know who the container's root is on the host. user_namespaces(7) */
void read_maps(struct container *c, pid_t pid);

/*
 * Parts of that life, which exec.c uses, too.
 *
 * start_child calls clone3(2), with c->cgroup_fd as the child's cgroup, and sets pid, pidfd and channel; CHILD never returns.
 * start_joined does the same for a container, or a command of box exec, in namespaces that it joins.
 * inside_from builds the inside from the brick FIRST on, waits for the host's messages, and becomes the command. tell sends the
 * inside a word; if the inside has ended, c->error is the error that it sent.
 */
CHECKED int start_child(struct container *c, unsigned long flags, void (*child)(struct container *));
CHECKED int start_joined(struct container *c);
void inside_from(struct container *c, const char *first) __attribute__((noreturn));
CHECKED int tell(struct container *c, enum word word, const char *why);

#endif
