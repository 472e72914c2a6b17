/*
 * slirp.c - step 6 for an ordinary user. Only root can connect a cable to the host. Instead, the user runs a program,
 * slirp4netns or pasta, that takes the place of the host's network. It reads the packets that the container sends through a tap
 * interface, and forwards their content through ordinary sockets.
 *
 *   see      as an ordinary user: box run --network bridge -p 8080:80 ROOTFS httpd -f
 *   break    box run --network bridge --without slirp ROOTFS ip addr
 *   read     step6-net/README.md; slirp4netns(1), pasta(1), the kernel's networking/tuntap.rst
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/wait.h"
#include "bricks/brick.h"

enum { NOT_THERE = 127 };

static bool wanted(const struct container *c)
{
	return c->rootless && c->spec->own.network == NETWORK_BRIDGE && with(c->spec, "net");
}

/* These are slirp4netns's addresses; start_pasta() makes pasta use the same. */
int slirp_before(struct container *c)
{
	if (wanted(c))
		inet_pton(AF_INET, "10.0.2.100", &c->address);
	return 0;
}

/*
 * Start the program. Its descriptor READY is a pipe, to which it writes when the network is ready. It inherits our blocked
 * signals, because Ctrl-C is for the command. It dies when we die. Its other output goes to a file, for the error message
 * if it fails. Returns 0, -1, or NOT_THERE.
 */
static int start(struct container *c, char *const *words, int ready)
{
	char said[512] = "";
	ssize_t got = -1;
	int ends[2], status;

	if (DO(&c->error, "create a pipe that reports when the network is ready", pipe2(ends, O_CLOEXEC)) == -1)
		return -1;
	if (explain)
		say("start the program that forwards the container's packets", "%s ... %d\n", *words, c->pid);
	c->helper = fork();
	if (c->helper == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (fchdir(c->directory) != -1 && fcntl(ends[1], F_SETFD, 0) != -1 &&
		    dup2(open("slirp.log", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), STDERR_FILENO) != -1 &&
		    dup2(STDERR_FILENO, STDOUT_FILENO) != -1 && dup2(ends[1], ready) != -1)
			execvp(*words, words);
		_exit(errno == ENOENT ? NOT_THERE : 1);
	}
	close(ends[1]);
	if (c->helper != -1 && wait_to_read(ends[0], -1))
		got = read(ends[0], said, 1);
	close(ends[0]);
	if (interrupted)
		return -1;
	if (got != 0)
		return got == 1 ? 0 : fail_call(&c->error, "start a network program", "fork()");
	waitpid(c->helper, &status, 0);
	c->helper = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_THERE)
		return NOT_THERE;
	get(c->directory, "slirp.log", said, sizeof said);
	for (char *end = said; (end = strchr(end, '\n')); end++)
		*end = end[1] ? ';' : '\0';
	return fail(&c->error, "cannot connect the container: %s: %s (it requires /dev/net/tun; or use --network none)", *words, said);
}

/* Each request to slirp4netns is a connection of its own. Through /proc/self/fd, the address is short enough for any BOX_ROOT. */
static int publish(struct container *c, const struct port *p)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	CLOSED int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char text[256];
	ssize_t length;

	snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/slirp", c->directory);
	length = sprintf(text, "{\"execute\": \"add_hostfwd\", \"arguments\": {\"proto\": \"%s\", \"host_addr\": \"0.0.0.0\", "
			 "\"host_port\": %u, \"guest_port\": %u}}", p->udp ? "udp" : "tcp", p->host, p->container);
	if (connect(server, (struct sockaddr *)&address, sizeof address) == -1 ||
	    SHOW(&c->error, "publish a port", send(server, text, length, MSG_NOSIGNAL), "send(%d, %s)", server, text) == -1)
		return fail_call(&c->error, "ask slirp4netns for a port", "connect(\"slirp\")");
	shutdown(server, SHUT_WR);
	length = recv(server, text, sizeof text - 1, 0);
	text[length > 0 ? length : 0] = '\0';
	return strstr(text, "return") ? 0 :
	       fail(&c->error, "--publish %d: slirp4netns can't use this port; it is in use, or below net.ipv4.ip_unprivileged_port_start", p->host);
}

static int start_slirp4netns(struct container *c, char *pid)
{
	char *words[] = { "slirp4netns", "--configure", "--mtu=65520", "--disable-host-loopback", "--enable-sandbox",
			  "--enable-seccomp", "--api-socket=slirp", "--ready-fd=3", pid, "tap0", NULL };
	int result = start(c, words, 3);

	for (const struct port *p = c->spec->own.ports; result == 0 && p && p->host; p++)
		result = publish(c, p);
	return result;
}

/* pasta does not report that it is ready, but it writes its PID then. */
static int start_pasta(struct container *c, char *pid)
{
	char ports[2][4096] = { "none", "none" };	/* tcp, udp */
	char *words[] = { "pasta", "--foreground", "--quiet", "--ipv4-only", "--config-net", "--no-map-gw", "-a", "10.0.2.100", "-n", "24",
			  "-g", "10.0.2.2", "--dns-forward", "10.0.2.3", "-I", "tap0", "-T", "none", "-U", "none", "-t", ports[0],
			  "-u", ports[1], "-P", "/dev/stdout", pid, NULL };
	size_t lengths[2] = { 0 };

	for (const struct port *p = c->spec->own.ports; p && p->host; p++) {
		if (lengths[p->udp] > sizeof *ports - sizeof ",65535:65535")
			return fail(&c->error, "--publish %d: too many ports for pasta; install slirp4netns, or publish fewer", p->host);
		lengths[p->udp] += sprintf(ports[p->udp] + lengths[p->udp], "%s%u:%u", lengths[p->udp] ? "," : "", p->host, p->container);
	}
	return start(c, words, STDOUT_FILENO);
}

int slirp_outside(struct container *c)
{
	char pid[16];
	int result;

	if (!wanted(c))
		return 0;
	sprintf(pid, "%d", c->pid);
	result = start_slirp4netns(c, pid);
	if (result == NOT_THERE)
		result = start_pasta(c, pid);
	if (result == NOT_THERE)
		return fail(&c->error, "--network bridge without root requires slirp4netns or pasta; install one of them "
			    "(package slirp4netns or passt), or use --network none");
	return result;
}

void slirp_undo(struct container *c)
{
	if (c->helper > 0 && kill(c->helper, SIGKILL) == 0)
		waitpid(c->helper, NULL, 0);
	c->helper = 0;
}
