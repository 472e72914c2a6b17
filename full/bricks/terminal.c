/*
 * terminal.c - the container's own terminal (-t). serve.c copies between your terminal and this one.
 *
 * A pseudoterminal has two ends. The inside creates it on the container's own devpts, and opens both ends through
 * descriptors, never through paths in ROOTFS (CVE-2025-52565). One end becomes the command's controlling terminal. The
 * other end, the master, is passed to the outside over the channel. box sets your terminal to raw mode and writes to the
 * master what you type. So the container's terminal turns Ctrl-C into a signal, for the jobs in the container.
 *
 *   see      box run -it ROOTFS tty
 *   break    box run -it --without terminal ROOTFS tty
 *   read     pty(7), ioctl_tty(2), termios(3), unix(7) on SCM_RIGHTS
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bricks/brick.h"
#include "bricks/channel.h"
#include "bricks/mount.h"

/* In box exec, the container's root may have put another file there: check that what we opened is on a devpts. */
static int open_master(struct container *c)
{
	int master = DO(&c->error, "create a pseudoterminal", open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
	int unlocked = 0;

	if (master == -1)
		return remedy(&c->error, ENOENT, "-t needs the brick dev; remove --without dev");
	if (!is_on(master, DEVPTS_SUPER_MAGIC))
		fail(&c->error, "-t: the container's /dev/pts/ptmx is not on a devpts, so it creates no terminal");
	else if (DO(&c->error, "unlock the other end", ioctl(master, TIOCSPTLCK, &unlocked)) == 0)
		return master;
	close(master);
	return -1;
}

/* A terminal of box exec does not become the console. */
static int make_console(struct container *c, int terminal)
{
	CLOSED int console = -1;

	if (c->joins)
		return 0;
	console = open_in_root(c, "/dev/console", 'f');
	return console == -1 ? -1 : bind_on(c, terminal, console, false);
}

int terminal_inside(struct container *c)
{
	const struct winsize size = { .ws_row = c->spec->process.size.rows, .ws_col = c->spec->process.size.columns };
	CLOSED int master = -1, terminal = -1;

	if (!c->spec->process.terminal)
		return 0;
	master = open_master(c);
	if (master == -1)
		return -1;
	terminal = SHOW(&c->error, "open the other end, without a path", ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC),
			"ioctl(%d, TIOCGPTPEER, O_RDWR | O_NOCTTY)", master);
	if (size.ws_row && size.ws_col)
		MAY("give it the size that the engine wants", ioctl(master, TIOCSWINSZ, &size),
		    "ioctl(%d, TIOCSWINSZ, {%d, %d})", master, size.ws_row, size.ws_col);
	if (terminal == -1 || make_console(c, terminal) == -1 ||
	    channel_pass(c, "pass the master to the outside", master) == -1)
		return -1;
	if (SHOW(&c->error, "make it the session's controlling terminal", ioctl(terminal, TIOCSCTTY, 0),
		 "ioctl(%d, TIOCSCTTY, 0)", terminal) == -1)
		return -1;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(terminal, fd) == -1)
			return fail_call(&c->error, "use the terminal for input and output", "dup2(%d, %d)", terminal, fd);
	return 0;
}
