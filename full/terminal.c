/*
 * terminal.c - a terminal of its own (-t), and the log (-d). streams.c copies between them and ours.
 *
 * A pseudoterminal has two ends. It is made inside, from the container's own devpts, and both ends are taken by
 * descriptors, never by paths that lead through ROOTFS (CVE-2025-52565). The command gets the one end as its
 * controlling terminal. The other, the master, comes out through the channel: what the user types goes in there,
 * unread (raw mode), since it is the inner terminal that makes a signal of Ctrl-C, for the jobs in there.
 *
 *   see      box run -it ROOTFS tty
 *   break    box run -it --without terminal ROOTFS tty
 *   read     pty(7), ioctl_tty(2), termios(3), unix(7) on SCM_RIGHTS
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "bricks.h"

/* ---- Made inside --------------------------------------------------------------------------------- */

/* The container writes there by itself, so that nobody has to copy. */
int terminal_before(struct container *c)
{
	if (!c->spec->detach)
		return 0;
	c->log = DO(&c->error, "have a log of what it says",
		    openat(c->directory, "log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
	return c->log;
}

/* Who may do so in there can have put anything in its place: what we opened has to be devpts' own. */
static int open_master(struct container *c)
{
	int master = DO(&c->error, "make a pseudoterminal", open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
	struct statfs it;
	int unlocked = 0;

	if (master == -1)
		return remedy(&c->error, ENOENT, "-t needs the brick dev");
	if (fstatfs(master, &it) == 0 && it.f_type == DEVPTS_SUPER_MAGIC &&
	    DO(&c->error, "let its other end be opened", ioctl(master, TIOCSPTLCK, &unlocked)) == 0)
		return master;
	close(master);
	return c->error.number ? -1 : fail(&c->error, "-t: the container's /dev/pts/ptmx makes no terminals");
}

int send_descriptor(struct error *e, const char *why, int channel, int fd)
{
	char room[CMSG_SPACE(sizeof fd)] = "";
	struct msghdr message = { .msg_iov = &(struct iovec){ "d", 1 }, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room };
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);

	*rights = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof fd) };
	memcpy(CMSG_DATA(rights), &fd, sizeof fd);
	return SHOW(e, why, sendmsg(channel, &message, MSG_NOSIGNAL), "sendmsg(%d, {SCM_RIGHTS, %d}, MSG_NOSIGNAL)", channel, fd);
}

ssize_t receive_descriptor(int channel, void *packet, size_t size, int *fd)
{
	char room[CMSG_SPACE(sizeof *fd)] = "";
	struct msghdr message = { .msg_iov = &(struct iovec){ packet, size }, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room };
	ssize_t length = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);

	if (length > 0 && rights && rights->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(rights), sizeof *fd);
	return length;
}

/* exec's terminals are not the console. */
static int make_console(struct container *c, int terminal)
{
	CLOSED int console = c->joins ? -1 : open_in_root(c, "/dev/console", 'f');

	return console == -1 ? (c->joins ? 0 : -1) : bind_on(c, terminal, console, false);
}

static int use(struct container *c, int file, int first)
{
	for (int fd = first; fd <= STDERR_FILENO; fd++)
		if (dup2(file, fd) == -1)
			return fail_call(&c->error, "use it for input and output", "dup2(%d, %d)", file, fd);
	return 0;
}

int terminal_inside(struct container *c)
{
	CLOSED int master = -1, terminal = -1;

	if (!c->spec->tty)
		return c->log >= 0 ? use(c, c->log, STDOUT_FILENO) : 0;
	master = open_master(c);
	if (master == -1)
		return -1;
	terminal = SHOW(&c->error, "open its other end, by no path", ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC),
			"ioctl(%d, TIOCGPTPEER, O_RDWR | O_NOCTTY)", master);
	if (terminal == -1 || make_console(c, terminal) == -1 || send_descriptor(&c->error, "hand the master out", c->channel, master) == -1)
		return -1;
	if (SHOW(&c->error, "have it as the session's terminal", ioctl(terminal, TIOCSCTTY, 0), "ioctl(%d, TIOCSCTTY, 0)", terminal) == -1)
		return -1;
	return use(c, terminal, STDIN_FILENO);
}

/* ---- Served outside ------------------------------------------------------------------------------ */

void terminal_resize(struct container *c)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 || ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0)
		MAY("give it our window's size", ioctl(c->terminal, TIOCSWINSZ, &size), "ioctl(%d, TIOCSWINSZ, {%d, %d})",
		    c->terminal, size.ws_row, size.ws_col);
}

int terminal_ready(struct container *c)
{
	if (c->terminal == -1)
		return fail(&c->error, "the container died before it had a terminal");
	terminal_resize(c);
	return 0;
}

bool terminal_is_behind(void)
{
	pid_t front = tcgetpgrp(STDIN_FILENO);

	return front != -1 && front != getpgrp();
}

/* From the background nobody types, and the mode of the terminal is another's affair: stop, until fg(1). */
bool terminal_go_raw(struct termios *before)
{
	struct termios raw;

	if (terminal_is_behind())
		stop_with(SIGTTIN);
	if (terminal_is_behind() || (!before->c_cflag && tcgetattr(STDIN_FILENO, before) == -1))
		return false;
	raw = *before;
	cfmakeraw(&raw);
	return tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}
