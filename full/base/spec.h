/*
 * spec.h - the spec: what is wanted of a container. The face that takes the request fills it, and it never changes afterwards. It has
 * the shape of the OCI runtime-spec's config.json; what box run can do beyond that is kept apart, in struct own.
 */
#ifndef SPEC_H
#define SPEC_H

#include <linux/capability.h>
#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* A set has a bit for each of capabilities(7). */
struct capabilities { uint64_t bounding, effective, permitted, inheritable, ambient; };
struct ulimit { const char *word; int resource; uint64_t soft, hard; };

struct process {
	char **args, **env;
	const char *cwd;		/* NULL: / */
	const char *user;		/* USER[:GROUP], names or numbers; NULL: root */
	char **groups;			/* more groups of the user */
	bool terminal, no_new_privs;
	struct { uint64_t rows, columns; } size;	/* of the terminal; 0: it keeps what it has */
	mode_t umask;
	const char *oom_score_adj;	/* NULL: it keeps its parent's. proc(5) */
	const char *apparmor;		/* name of a profile; NULL: box's own applies */
	struct capabilities capabilities;
	struct ulimit *rlimits;
	int personality;		/* 1 more than personality(2) takes; 0: it keeps its parent's */
};

/* KIND: a CLONE_NEW flag of clone(2). PATH: the namespace to join; NULL: a new one. */
struct namespace { unsigned long kind; const char *path; };

/* COUNT IDs from INSIDE on are those from OUTSIDE on, on the host: user_namespaces(7). */
struct id_map { uint64_t inside, outside, count; };

struct mount {
	const char *brick;		/* that it belongs to: --without leaves it out */
	const char *type;		/* a file system's; or "bind"; or "etc", a file that box writes */
	const char *source;		/* of a bind: an absolute path on the host; of others, a word for mountinfo, or NULL */
	const char *target;		/* an absolute path in the container, without "." and ".." */
	unsigned long flags;		/* mount(2); MS_REC: with the mounts below SOURCE */
	unsigned long below;		/* of these flags, those that the mounts below get, too */
	unsigned long cleared;		/* flags of a bind that it and the mounts below lose */
	unsigned long propagation;	/* MS_PRIVATE, MS_SLAVE, MS_SHARED or MS_UNBINDABLE; 0 leaves it as it is, and no bind has that */
	const char *options;		/* of the file system */
	const char *what;		/* the user's words for it, for messages; NULL: the user did not ask for it */
	struct id_map *maps[2];		/* by which the owners of a bind's files are translated; NULL: by the user namespace's */
	enum { NO_MOUNT, THIS_MOUNT, MOUNTS_BELOW } translated;	/* the owners of a bind's files, and of those of the mounts below */
	bool copy_up;			/* of a tmpfs: with what TARGET has now */
};

struct device { const char *path; mode_t mode; unsigned major, minor; uid_t user; gid_t group; };	/* mode: with S_IFCHR or S_IFBLK, as mknod(2) takes it */
struct throttle { const char *path; uint64_t rate; };	/* bytes per second, for the device that PATH is on */
struct sysctl { const char *name, *value; };
enum { ALL_ACCESS = 7 };	/* BPF_DEVCG_ACC_*: linux/bpf.h */

/* TYPE: BPF_DEVCG_DEV_*; 0: all. MAJOR, MINOR: -1: all. ACCESS: one or more of the bits in ALL_ACCESS. */
struct device_rule { bool allow; int type; int64_t major, minor; int access; };
struct setting { const char *file, *value; };	/* of a cgroup */

struct resources {
	uint64_t memory, memory_swap;	/* bytes; UINT64_MAX: "max", no limit */
	uint64_t cpus;			/* microseconds of CPU time in every 100000 */
	uint64_t pids;
	const char *cpuset;
	struct throttle *reads, *writes;
	struct device_rule *devices;	/* the last one that fits decides */
	struct setting *unified;	/* what the rest does not name, as the files of cgroup v2 have it */
};

/* What box run knows, and the runtime-spec does not. */
enum network { NETWORK_NONE, NETWORK_HOST, NETWORK_BRIDGE };

struct port { uint16_t host, container; bool udp; };

struct own {
	bool named;			/* the user has chosen the ID, by --name */
	bool interactive, detach, remove, init, write_through, privileged;
	int stop_signal;		/* 0: SIGTERM */
	uint64_t log_size;		/* bytes at which a new log begins; UINT64_MAX: never */
	int network;			/* a value of enum network */
	struct port *ports;
	char **dns;
	char **hosts;			/* lines of /etc/hosts; "host-gateway" stands for the host's address */
	const char *seccomp;		/* NULL: the default profile; or "unconfined"; or a profile's path */
	char **without;			/* names of the bricks to leave out */
	const char *image;		/* path of the unpacked image that ROOTFS belongs to, or NULL */
};

/* A program of the engine's, which gets the container's state on its standard input. TIMEOUT: seconds, or 0. */
struct hook { const char *path; char **args, **env; uint64_t timeout; };
enum hooks { PRESTART, CREATE_RUNTIME, CREATE_CONTAINER, START_CONTAINER, POSTSTART, POSTSTOP, HOOKS };

/* What an engine asks for by the OCI command line, or in config.json beyond what box run needs. */
struct engine {
	bool owns;			/* an engine owns the container; no box waits for it, and none sweeps it */
	const char *bundle;		/* absolute */
	const char *annotations;	/* a JSON object, or NULL */
	const char *hooks_text;		/* the hooks, as JSON, or NULL */
	struct hook *hooks[HOOKS];
	const char *cgroup;		/* path below the root of the hierarchy; NULL: none */
	bool systemd;			/* ... or, if systemd manages cgroups, SLICE:PREFIX:NAME */
	const char *console;		/* path of the socket that gets the terminal's master; NULL: none */
	const char *pid_file;		/* path of a file for the PID; NULL: none */
	const char *agent;		/* path of the socket of a seccomp agent; NULL: the filter asks none */
	const char *metadata;		/* text for the agent, or NULL */
	pid_t first;			/* exec: the container's PID 1 */
	unsigned preserved;		/* how many descriptors from 3 on the command keeps */
	bool keeps_keyring, keeps_groups;
};

/* A list ends with an element of zeros; an empty list is NULL. A number that nothing sets is 0. */
struct spec {
	const char *id;
	const char *rootfs;		/* absolute, with all symbolic links resolved */
	bool read_only;
	const char *hostname, *domainname;	/* NULL: it keeps that of its UTS namespace */
	unsigned long propagation;	/* of its root mount: MS_PRIVATE, MS_SLAVE or MS_SHARED; or 0 */
	struct process process;
	struct mount *mounts;		/* in the order in which they are made */
	struct namespace *namespaces;
	struct id_map *maps[2];		/* of a new user namespace: of users and groups; NULL: box chooses */
	struct device *devices;		/* beside those of every container */
	char **masked, **read_only_paths;	/* absolute paths in the container */
	struct sysctl *sysctls;
	const char *clocks;		/* of a new time namespace, as /proc/PID/timens_offsets has them; NULL: the host's. time_namespaces(7) */
	struct resources resources;
	struct sock_fprog filter;	/* for seccomp(2); length 0: no filter */
	struct own own;
	struct engine engine;
};

/* Podman's eleven: programs that expect to run as root need them, and none of them gives power over the host. */
#define DEFAULT_CAPABILITIES (UINT64_C(1) << CAP_CHOWN | 1 << CAP_DAC_OVERRIDE | 1 << CAP_FOWNER | 1 << CAP_FSETID | \
	1 << CAP_KILL | 1 << CAP_NET_BIND_SERVICE | UINT64_C(1) << CAP_SETFCAP | 1 << CAP_SETGID | 1 << CAP_SETPCAP | \
	1 << CAP_SETUID | 1 << CAP_SYS_CHROOT)

/* The annotation of config.json that says how many of the arguments are the image's entrypoint. */
#define ENTRYPOINT_WORDS "box.entrypoint.words"

/* What every container of a bundle has, as its config.json says it: box oci spec and box unpack write it. */
#define BUNDLE_NAMESPACES "[{\"type\": \"pid\"}, {\"type\": \"network\"}, {\"type\": \"ipc\"}, {\"type\": \"uts\"}, {\"type\": \"mount\"}, {\"type\": \"cgroup\"}]"
#define BUNDLE_MOUNTS "[\n" \
	"    {\"destination\": \"/proc\", \"type\": \"proc\", \"source\": \"proc\", \"options\": [\"nosuid\", \"noexec\", \"nodev\"]},\n" \
	"    {\"destination\": \"/dev\", \"type\": \"tmpfs\", \"source\": \"tmpfs\", \"options\": [\"nosuid\", \"strictatime\", \"mode=755\", \"size=65536k\"]},\n" \
	"    {\"destination\": \"/dev/pts\", \"type\": \"devpts\", \"source\": \"devpts\",\n" \
	"     \"options\": [\"nosuid\", \"noexec\", \"newinstance\", \"ptmxmode=0666\", \"mode=0620\", \"gid=5\"]},\n" \
	"    {\"destination\": \"/dev/shm\", \"type\": \"tmpfs\", \"source\": \"shm\", \"options\": [\"nosuid\", \"noexec\", \"nodev\", \"mode=1777\", \"size=65536k\"]},\n" \
	"    {\"destination\": \"/dev/mqueue\", \"type\": \"mqueue\", \"source\": \"mqueue\", \"options\": [\"nosuid\", \"noexec\", \"nodev\"]},\n" \
	"    {\"destination\": \"/sys\", \"type\": \"sysfs\", \"source\": \"sysfs\", \"options\": [\"nosuid\", \"noexec\", \"nodev\", \"ro\"]},\n" \
	"    {\"destination\": \"/sys/fs/cgroup\", \"type\": \"cgroup\", \"source\": \"cgroup\", \"options\": [\"nosuid\", \"noexec\", \"nodev\", \"relatime\", \"ro\"]}\n" \
	"  ]"

/* What a container sees empty, or can't change, in its /proc and /sys, unless its spec says otherwise. */
extern char *masked_paths[], *read_only_paths[];

/* False if the spec leaves the brick NAME out. */
bool with(const struct spec *s, const char *name);

/* Does the container write to an overlay, and not to ROOTFS itself? */
bool has_overlay(const struct spec *s);

/* Is the container to have a namespace of this KIND that is not its caller's? Is box to create it? */
bool has_namespace(const struct spec *s, unsigned long kind);
bool creates_namespace(const struct spec *s, unsigned long kind);

#endif
