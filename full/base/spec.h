/*
 * spec.h - the spec: what the user asks for. The face that takes the request fills it, and it never changes afterwards.
 */
#ifndef SPEC_H
#define SPEC_H

#include <linux/capability.h>
#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

enum network { NETWORK_NONE, NETWORK_HOST, NETWORK_BRIDGE };

struct volume { const char *source, *target; bool read_only; unsigned long propagation; };	/* MS_PRIVATE, MS_SLAVE or MS_SHARED: mount(2) */
struct tmpfs { const char *target; unsigned long flags; const char *options; };	/* flags: mount(2) */
struct mount { const char *target, *word; const struct volume *volume; const struct tmpfs *tmpfs; };	/* word: as typed; one of the two */
struct port { uint16_t host, container; bool udp; };
struct ulimit { const char *word; int resource; uint64_t soft, hard; };
struct sysctl { const char *name, *value; };
struct throttle { const char *path; uint64_t rate; };	/* bytes per second, for the device that PATH is on */

/* A list ends with an element of zeros; an empty list is NULL. A number that no option sets is 0. */
struct spec {
	const char *name;		/* the ID; NULL: box generates one */
	const char *rootfs;		/* absolute, with all symbolic links resolved */
	char **command;
	const char *hostname, *workdir, *user;
	char **groups;			/* more groups of the user */
	char **environment;
	bool interactive, tty, detach, remove, init, read_only, write_through, privileged, no_new_privs;	/* the last: with privileged, too */
	int stop_signal;		/* 0: SIGTERM */
	struct volume *volumes;
	struct tmpfs *tmpfs;
	struct mount *mounts;		/* all volumes and tmpfs, in the order in which they are mounted */
	uint64_t memory, memory_swap;	/* bytes; UINT64_MAX: "max", no limit */
	uint64_t cpus;			/* microseconds of CPU time in every 100000 */
	uint64_t pids;
	const char *cpuset;
	uint64_t shm_size;		/* of /dev/shm, in bytes */
	uint64_t log_size;		/* bytes at which a new log begins; UINT64_MAX: never */
	struct throttle *reads, *writes;
	int network;			/* a value of enum network */
	struct port *ports;
	char **dns;
	char **hosts;			/* lines of /etc/hosts; "host-gateway" stands for the host's address */
	uint64_t added, dropped;	/* by --cap-add and --cap-drop; a bit for each of capabilities(7) */
	uint64_t capabilities;		/* the resulting set */
	const char *seccomp;		/* NULL: the default profile; or "unconfined"; or a profile's path */
	struct sock_fprog filter;	/* the profile, compiled for seccomp(2); length 0: no filter */
	struct ulimit *ulimits;
	struct sysctl *sysctls;
	int userns;			/* create a user namespace: on request, or because we are not root */
	int cgroupns;
	char **without;			/* names of the bricks to leave out */
};

/* Podman's eleven: programs that expect to run as root need them, and none of them gives power over the host. */
#define DEFAULT_CAPABILITIES (UINT64_C(1) << CAP_CHOWN | 1 << CAP_DAC_OVERRIDE | 1 << CAP_FOWNER | 1 << CAP_FSETID | \
	1 << CAP_KILL | 1 << CAP_NET_BIND_SERVICE | UINT64_C(1) << CAP_SETFCAP | 1 << CAP_SETGID | 1 << CAP_SETPCAP | \
	1 << CAP_SETUID | 1 << CAP_SYS_CHROOT)

/* False if the spec leaves the brick NAME out. */
bool with(const struct spec *s, const char *name);

#endif
