/*
 * console.h - the caller's terminal, and its counterpart in the container.
 */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <termios.h>

#include "bricks/container.h"

/* Give the terminal whose master the inside has sent our window's size. Fails if the inside has sent none. */
CHECKED int terminal_ready(struct container *c);
void terminal_resize(struct container *c);

/* Pass the master to the engine that listens at the socket PATH: the OCI runtimes' --console-socket. unix(7) on SCM_RIGHTS */
CHECKED int terminal_give(struct container *c, const char *path);

/* Is another job of our shell in the foreground? tcgetpgrp(3) */
bool terminal_is_behind(void);

/* Set our terminal to raw mode, and keep its mode in *BEFORE, once we are in the foreground. Returns false if that fails. */
bool terminal_go_raw(struct termios *before);

#endif
