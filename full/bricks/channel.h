/*
 * channel.h - the messages between the two sides of the wall: a SOCK_SEQPACKET socket, which keeps each message in one piece.
 *
 * The outside sends GO_ON (my part is done), and later BECOME (you are recorded: become the command). On the inside, execve(2)
 * closes the socket; if anything fails, the inside sends FAILED with its struct error. Under --explain, it sends DONE (my part is
 * done) before it waits for BECOME, so that only one side prints at a time. Both sides can pass a descriptor.
 */
#ifndef CHANNEL_H
#define CHANNEL_H

#include "bricks/container.h"

enum word { GO_ON = 'g', BECOME = 'r', DONE = 'd', DESCRIPTOR = 'f', CHILD = 'c', FAILED = 'e' };

struct message {
	char word;		/* an enum word; all but the next two consist of nothing else */
	pid_t child;		/* with CHILD: box exec's third process */
	struct error error;	/* with FAILED */
};

/* Send a WORD that has no more to it. Returns 0, or -1 with c->error filled. */
CHECKED int channel_send(struct container *c, enum word word, const char *why);

/* Send a whole message, which the other side may no longer be there to read. */
void channel_report(struct container *c, const struct message *m);

/* Pass the descriptor FD over a socket, with TEXT, which is not empty. Returns 0, or -1 with *E filled. unix(7) on SCM_RIGHTS */
CHECKED int descriptor_pass(int socket, const char *why, int fd, const char *text, struct error *e);

/* Connect to the stream socket at PATH. Returns a descriptor, or -1 with *E filled. unix(7) */
CHECKED int socket_connect(const char *path, const char *why, struct error *e);

/* Pass a descriptor to the other side. Returns 0, or -1 with c->error filled. unix(7) on SCM_RIGHTS */
CHECKED int channel_pass(struct container *c, const char *why, int fd);

/* Receive a message and, if it brings a descriptor, set *FD to that. FLAGS: 0, or MSG_DONTWAIT. Returns false if there is none, and
 * the other side has closed its end. recvmsg(2) */
CHECKED bool channel_receive(struct container *c, struct message *m, int *fd, int flags);

/* Inside: wait for the host's WORD. If the host's side has ended, so do we. */
void wait_for_host(struct container *c, enum word word, const char *why);

/* Inside, for a brick: wait until the outside functions of all bricks have run. */
void host_is_done(struct container *c);

#endif
