/*
 * serve.h - copies between the caller's terminal and the container.
 */
#ifndef SERVE_H
#define SERVE_H

#include "bricks/container.h"

/* True if there is anything to copy between the container and our terminal. */
bool streams_served(const struct container *c);

/* Copy the container's output so far, without waiting for more. */
void streams_catch_up(struct container *c);

/* Copy between our terminal (in raw mode with -i and -t) and the container's terminal or pipes, and forward the window size and
 * signals, until the process of c->pidfd ends. With -d, the output goes to the log. Restores our terminal's mode before it
 * returns. tty_ioctl(4), termios(3) */
void streams_serve(struct container *c);

#endif
