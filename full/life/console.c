/*
 * console.c - the caller's terminal: its size, and raw mode.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/say.h"
#include "bricks/channel.h"
#include "life/console.h"
#include "life/signals.h"

void terminal_resize(struct container *c)
{
	struct winsize size;

	if ((ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 || ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) && size.ws_row)
		MAY("give the terminal our window's size", ioctl(c->terminal, TIOCSWINSZ, &size), "ioctl(%d, TIOCSWINSZ, {%d, %d})",
		    c->terminal, size.ws_row, size.ws_col);
}

int terminal_ready(struct container *c)
{
	if (c->terminal == -1)
		return fail(&c->error, "the container ended before it created its terminal");
	terminal_resize(c);
	return 0;
}

int terminal_give(struct container *c, const char *path)
{
	CLOSED int engine = socket_connect(path, "connect to the engine", &c->error);

	if (engine == -1)
		return wrap(&c->error, "--console-socket");
	if (fcntl(c->terminal, F_SETFL, O_RDWR) == -1)	/* it does not wait, but an engine may */
		return fail_call(&c->error, "let reads of the terminal wait, for the engine", "fcntl(%d, F_SETFL, O_RDWR)", c->terminal);
	return descriptor_pass(engine, "pass the terminal's master to the engine", c->terminal, "terminal", &c->error);
}

bool terminal_is_behind(void)
{
	pid_t front = tcgetpgrp(STDIN_FILENO);

	return front != -1 && front != getpgrp();
}

/* In the background, we must not change the terminal's mode, which the foreground job uses: stop until fg(1). */
bool terminal_go_raw(struct termios *before)
{
	struct termios raw;

	if (terminal_is_behind())
		stop_with(SIGTTIN);
	/* The second time, we have its mode already. */
	if (terminal_is_behind() || (!before->c_cflag && tcgetattr(STDIN_FILENO, before) == -1))
		return false;
	raw = *before;
	cfmakeraw(&raw);
	return tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}
