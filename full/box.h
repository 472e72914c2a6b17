/*
 * box.h - what all files of box share: the types for an error, a spec, a container and a brick, and the functions.
 *
 * Data flows one way. box parses argv into a struct spec: what the user asks for. The spec never changes afterwards.
 * From the spec, box builds a struct container: what exists so far. A function that can fail returns -1 (or a
 * negative descriptor) and describes the failure in a struct error; main prints that error, once.
 *
 * Terms: the wall is the table of bricks in container.c. "Outside" is the host's side of it, "inside" the
 * container's. ROOT is the directory in which box keeps a directory for each container, named by its ID.
 */
#ifndef BOX_H
#define BOX_H

#include <dirent.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <termios.h>

#define VERSION "1.0"
#define CHECKED __attribute__((warn_unused_result))
#define UNUSED __attribute__((unused))
#define PRINTS(text, values) __attribute__((format(printf, text, values)))

/* ---- Errors and narration (say.c) ---------------------------------------------------------------- */

struct error {
	int number;		/* errno, or 0 if no system call failed */
	int status;		/* exit status for box: 125 if box failed, 126 or 127 if COMMAND could not be run */
	char text[2048];	/* one line: what failed, why, and the remedy */
};

/* --explain; --explain=pause; whether a signal ended a wait before the command started; and our side, "outside" or "inside". */
extern bool explain, paused, interrupted;
extern const char *side;

/* Fill *E with a message of our own; no system call failed. Returns -1. */
int fail(struct error *e, const char *format, ...) PRINTS(2, 3);

/* Fill *E with "cannot WHY: CALL: " and strerror(3)'s text for errno. Returns -1. */
int fail_call(struct error *e, const char *why, const char *format, ...) PRINTS(3, 4);

/* Prefix the message in *E with the caller's context and ": ". Returns -1. */
int wrap(struct error *e, const char *format, ...) PRINTS(2, 3);

/* If the errno in *E is NUMBER, append the remedy TEXT to the message, in parentheses. Returns -1. */
int remedy(struct error *e, int number, const char *text);

/* Under --explain: say() prints a call and its reason before the call; told() prints the result after it. */
void say(const char *why, const char *format, ...) PRINTS(2, 3);
void told(long result);

/*
 * Make a system call, and print it under --explain. DO prints the call as it is written in the source. SHOW prints
 * run-time values. Both fill *E if the call fails. With MAY, the caller handles failure. Each returns the call's value.
 */
#define DO(e, why, call) SHOW(e, why, call, "%s", #call)
#define SHOW(e, why, call, ...) ({ \
	long result_ = MAY(why, call, __VA_ARGS__); \
	if (result_ == -1) \
		fail_call(e, why, __VA_ARGS__); \
	result_; })
#define MAY(why, call, ...) ({ \
	if (explain) \
		say(why, __VA_ARGS__); \
	long made_ = (call); \
	if (explain) \
		told(made_); \
	made_; })

/*
 * Until the command has started, all signals are blocked (hold_signals), and those that would end box end its waits instead.
 * wait_to_read waits until FD can be read, for at most TIMEOUT ms (-1: for ever). Returns false if such a signal is pending
 * before that, and sets interrupted. is_ignored: does our caller ignore the signal? poll(2), signalfd(2), sigaction(2)
 */
CHECKED bool wait_to_read(int fd, int timeout);
bool is_ignored(int number);

/* Variables that are released when their block ends: GCC's cleanup attribute. */
#define CLOSED __attribute__((cleanup(close_it)))
#define FREED __attribute__((cleanup(free_it)))
void close_it(int *fd);		/* close(2), unless *FD is negative; then set *FD to -1 */
void free_it(void *pointer);	/* free(3) the memory whose address is at POINTER */
#define LISTED __attribute__((cleanup(close_listing)))
#define READ __attribute__((cleanup(close_stream)))
void close_listing(DIR **listing);	/* closedir(3), unless *LISTING is NULL */
void close_stream(FILE **stream);	/* fclose(3), unless *STREAM is NULL */

/* ---- The spec: what the user asks for (options.c, parse.c) ------------------------------------------ */

enum network { NETWORK_NONE, NETWORK_HOST, NETWORK_BRIDGE };

struct volume { const char *source, *target; bool read_only; };
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
	char **environment;
	bool interactive, tty, detach, remove, init, read_only, write_through, privileged;
	struct volume *volumes;
	struct tmpfs *tmpfs;
	struct mount *mounts;		/* all volumes and tmpfs, in the order in which they are mounted */
	uint64_t memory, memory_swap;	/* bytes; UINT64_MAX: "max", no limit */
	uint64_t cpus;			/* microseconds of CPU time in every 100000 */
	uint64_t pids;
	const char *cpuset;
	struct throttle *reads, *writes;
	int network;			/* a value of enum network */
	struct port *ports;
	char **dns;
	uint64_t added, dropped;	/* by --cap-add and --cap-drop; a bit for each of capabilities(7) */
	uint64_t capabilities;		/* the resulting set */
	const char *seccomp;		/* NULL: the default profile; or "unconfined"; or a profile's path */
	struct sock_fprog filter;	/* the profile, compiled for seccomp(2); length 0: no filter */
	struct ulimit *ulimits;
	struct sysctl *sysctls;
	int userns;			/* create a user namespace: on request, or because we are not root */
	int cgroupns;
	uint64_t without;		/* bricks to leave out: a bit for each index into wall[] */
};

/* Parse the arguments after "run" into *S. Returns 0. Errors: invalid options, values, paths. docker-run(1) */
CHECKED int spec_from_words(struct spec *s, char **words, struct error *e);

/* Print the options of box run and the list of bricks on stdout. */
void print_run_help(void);

/*
 * Parsers of option values. Each returns 0, or fails with a message that says which values are accepted. VALUE
 * points to the struct with the parser's name; for size, cpus and number, to a uint64_t.
 *
 * size: bytes, or a number with the suffix b, k, m, g or t (any case, powers of 1024); "max" or -1 gives UINT64_MAX
 * cpus: 0.01 to 8192, or max; *VALUE is in microseconds of every 100000 (cgroup v2's cpu.max)
 * number: a decimal number from LEAST to MOST
 * volume: SRC:DST[:ro|:rw]; SRC becomes absolute, DST has to be
 * port: HOST:CONTAINER[/tcp|/udp]
 * ulimit: NAME=SOFT[:HARD]; NAME is one of getrlimit(2)'s, in lower case and without RLIMIT_
 * capability: a name from capabilities(7), in any case, with or without CAP_; ALL means all of them
 */
typedef int parser(const char *word, void *value, struct error *e);
parser parse_size, parse_cpus, parse_volume, parse_tmpfs, parse_port, parse_throttle, parse_ulimit, parse_sysctl;
CHECKED int parse_number(const char *word, uint64_t least, uint64_t most, uint64_t *number, struct error *e);
CHECKED int parse_capability(const char *word, uint64_t *set, struct error *e);
CHECKED int parse_name(const char *word, struct error *e);
CHECKED int parse_signal(const char *word, int *number, struct error *e);

/* Add PAIR, NAME=VALUE, to the list; if NAME is in it already, replace its VALUE. Returns the list. */
char **put_variable(char **list, char *pair);

/* Overwrite the values in LIST with zeros once we no longer need them. They are part of our arguments, and every user can
 * read those in /proc/PID/cmdline as long as we run. proc(5) */
void hide_values(char **list);

/* Return a copy of LIST, an array of elements of SIZE bytes that ends with zeros, with ELEMENT added at the end. */
void *append(void *list, size_t size, const void *element);

/* ---- The container: what exists so far -------------------------------------------------------------- */

enum { MAP_LINES = 64 };	/* the kernel accepts 340 */

struct container {
	const struct spec *spec;
	struct error error;
	char id[NAME_MAX + 1];
	char root[PATH_MAX];		/* ROOT's path */
	int directory;			/* descriptor of ROOT/ID; locked as long as box runs */
	bool spare;			/* that directory contains one for the next container */
	int tree;			/* inside: its root file system; before that, ROOTFS with translated owners, or -1 */
	unsigned long namespaces;	/* in which it was created: CLONE_NEW* flags */
	int handed;			/* descriptor that the host passes in: ROOTFS with translated owners, or a network namespace; or -1 */
	bool host_is_done;		/* inside: the host has reported that its part is done */
	pid_t pid;			/* of its PID 1, in the host's PID namespace; inside: 0 */
	int pidfd;
	unsigned long long born;	/* start time of its PID 1, in clock ticks since boot: proc(5) */
	int channel;			/* a SOCK_SEQPACKET socket to the other side of the wall */
	char *home;			/* inside: home directory of the user that it runs as */
	char cgroup[PATH_MAX];		/* path of its cgroup; empty: it has none */
	int cgroup_fd;
	struct in_addr address;		/* on the bridge; 0: it has none */
	int terminal;			/* master of its pseudoterminal */
	int log;			/* with -d: the file that its output goes to */
	unsigned long joins;		/* exec: which namespaces of pidfd's process to join */
	int given[3], kept[3];		/* instead of our terminal at 0, 1 and 2: what the container gets, and our end of it; or -1 */
	char maps[2][MAP_LINES * 36];	/* of its user namespace, in the format of /proc/PID/uid_map and gid_map */
	int ids;			/* descriptor that locks the host IDs of those maps as long as box runs; or -1 */
	pid_t helper;			/* PID of slirp4netns or pasta */
	bool rootless;
};

/*
 * A brick of the wall. Any of its functions may be NULL. The wall is in container.c: box works through it in order,
 * and runs the undo functions in reverse order. undo also runs when creation failed halfway, and after a crash. Then
 * only id, root and directory are known, so undo finds what to remove by name, not by the other fields.
 */
typedef unsigned long brick_flags(const struct spec *);
typedef int brick_part(struct container *);
typedef void brick_undo(struct container *);

struct brick {
	const char *name;				/* as --without takes it */
	const char *what;				/* one line for the help; NULL: it can't be left out */
	brick_flags *flags;				/* namespaces that clone3(2) creates */
	brick_part *before;				/* the host's part before clone3(2) */
	brick_part *outside;				/* the host's part after it; host_is_done() waits for all */
	brick_part *inside;				/* the container's part, before it becomes the command */
	brick_undo *undo;				/* the host's part after the container has ended */
};

extern const struct brick wall[];	/* ends with a NULL name */

/* False if --without left this brick out. NAME must be the name of a brick in the wall. */
bool with(const struct container *c, const char *name);

/* Return the bit of spec.without for NAME, or 0 if there is no such brick. */
uint64_t brick_bit(const char *name);

/*
 * The life of a container, as in the OCI runtime-spec. container_create creates everything but the command;
 * then the child waits. container_start lets the child become the command, and returns when it has.
 * container_wait forwards signals and returns the exit status that docker-run(1) describes.
 * container_delete removes everything. It never fails, and may be called at any point of the life.
 */
struct container container_of(const struct spec *s);	/* nothing of it exists yet */
CHECKED int container_create(struct container *c, const struct spec *s);
CHECKED int container_start(struct container *c);
CHECKED int container_wait(struct container *c);
void container_delete(struct container *c);

/*
 * Parts of that life, which box exec uses too.
 *
 * start_child calls clone3(2), with c->cgroup_fd as the child's cgroup, and sets pid, pidfd and channel; CHILD never
 * returns. inside_from builds the inside from the brick FIRST on, waits for the host's messages, and becomes the
 * command. tell sends the message WORD to the inside; if the inside has ended, c->error is the error that it sent.
 *
 * hold_signals blocks all signals, for container_wait. pass_on sends a signal to the container, or to its process
 * group if the terminal sent the signal to ours (CODE is si_code of siginfo_t). stop_with stops box by a signal.
 */
CHECKED int start_child(struct container *c, unsigned long flags, void (*child)(struct container *));
void inside_from(struct container *c, const char *first) __attribute__((noreturn));
CHECKED int tell(struct container *c, const char *word, const char *why);

/* For a brick's inside function: wait until the outside functions of all bricks have run. */
void host_is_done(struct container *c);
void hold_signals(void);
void pass_on(struct container *c, int number, int code);
void stop_with(int number);

/* Run the undo functions of the bricks, last brick first. */
void take_down(struct container *c);

/* The last step of the inside: become the command. Returns only on failure, with c->error filled. environ(7), execve(2) */
void become_command(struct container *c, char **command, char **environment);

#include "store.h"

/* How a process in a chroot, whose root directory is no mount point, gets one that mount(2) and pivot_root(2) accept. */
#define ROOT_MOUNT "the root directory must be a mount point whose parent is not shared; for a chroot in DIR, run " \
	"unshare --mount sh -c 'mount --rbind DIR DIR && exec chroot DIR box ...'"

/* ---- Mounts: helpers for the bricks (mount.c) -------------------------------------------------------- */

/*
 * Open PATH (O_PATH) in the container's root, which is our working directory. Symbolic links resolve as they do in
 * the container, so none leads out of it. With MAKE, create a missing directory ('d') or file ('f'). openat2(2)
 */
CHECKED int open_in_root(struct container *c, const char *path, char make);

/*
 * Mount a file system of TYPE on the directory TARGET of the container's root. A missing directory is created. A
 * symbolic link is an error: later mounts go below TARGET, and must not land elsewhere. mount(2)
 */
CHECKED int mount_on(struct container *c, const char *type, const char *target, unsigned long flags,
		     const char *options);

/* Bind-mount the file or directory at the descriptor FROM, with all mounts below it, on the one at the descriptor ONTO.
 * open_tree(2), mount_setattr(2), move_mount(2) */
CHECKED int bind_on(struct container *c, int from, int onto, bool read_only);

/* ---- Files (files.c) -------------------------------------------------------------------------------- */

/* Write a short text to a file, relative to the directory DIR. On failure, fills *E with WHY. */
CHECKED int put(struct error *e, const char *why, int dir, const char *file, const char *text);

/* Create the directory NAME in the directory AT, unless it exists. On failure, fills *E with WHY. mkdirat(2) */
CHECKED int have_directory(struct error *e, const char *why, int at, const char *name, mode_t mode);

/* Read a file, relative to DIR, into TEXT, as a string. Returns its length, or -1 with errno set. */
ssize_t get(int dir, const char *file, char *text, size_t size);

/* Read FD to its end, and close it. Returns the text, as a string that the caller frees, or NULL with errno set: EFBIG if it is
 * longer than LARGEST_TEXT, so that no file of a container makes us read for ever. */
enum { LARGEST_TEXT = 1 << 24 };
char *read_text(int fd);

/* Create a file in memory, close-on-exec, with other FLAGS of memfd_create(2). Since Linux 6.3, a host can forbid to execute such
 * files, or demand that we say whether it is a PROGRAM: sysctl vm.memfd_noexec. Returns a descriptor, or -1 with errno. */
int memory_file(const char *name, unsigned flags, bool program);

/* Are we root, and the network ours? Root of a user namespace without a network of its own, as unshare -Ur creates it, has no more
 * rights on the host than the user who created it. ioctl_ns(2) on NS_GET_USERNS */
bool is_root(void);

/* Is NAME, as readdir(3) returns it, the directory itself ("."), or its parent ("..")? */
bool is_dots(const char *name);

/* Remove the directory NAME in the directory AT, with everything in it. Never follows a symbolic link, and never leaves
 * the file system. Returns 0, or -1 with errno set. */
int remove_tree(int at, const char *name);

/* Remove everything in the directory FD, and close FD. */
void empty(int fd);

/* Lock the file at FD. Unless HOW is LOCK_NB, wait for the lock. Returns 0, or -1 with errno: EINTR if a signal that ends box came
 * first. flock(2) */
CHECKED int lock_file(int fd, int how);

/* ---- Bricks, one file each: what other files use of them --------------------------------------------- */

/* cgroup.c: print "killed by the kernel" on stderr if the OOM killer killed a process in the container's cgroup. */
void cgroup_report(const struct container *c);

/* Podman's eleven: programs that expect to run as root need them, and none of them gives power over the host. */
#define DEFAULT_CAPABILITIES (UINT64_C(1) << CAP_CHOWN | 1 << CAP_DAC_OVERRIDE | 1 << CAP_FOWNER | 1 << CAP_FSETID | \
	1 << CAP_KILL | 1 << CAP_NET_BIND_SERVICE | UINT64_C(1) << CAP_SETFCAP | 1 << CAP_SETGID | 1 << CAP_SETPCAP | \
	1 << CAP_SETUID | 1 << CAP_SYS_CHROOT)

/* seccomp.c: set the spec's filter according to its seccomp, privileged and capabilities, and make a path in seccomp
 * absolute. Errors: a profile that can't be read. */
CHECKED int seccomp_choose(struct spec *s, struct error *e);
/* seccomp.c: load the spec's filter. It comes last inside: from then on, only the calls that it allows work. seccomp(2) */
CHECKED int seccomp_apply(struct container *c);
/* profile.c: compile TEXT, a profile in Docker's format, for a container with these CAPABILITIES. *FILTER
 * is valid until the next call. seccomp_rule_add(3) */
CHECKED int profile_compile(const char *text, uint64_t capabilities, struct sock_fprog *filter, struct error *e);
/* ids.c: COUNT consecutive IDs, from FIRST on; and a list of such ranges, which free_ranges frees. */
struct id_range { uint64_t first, count; };
struct id_ranges { struct id_range *list; size_t count; };
enum kind { USERS, GROUPS };
#define RANGES_FREED __attribute__((cleanup(free_ranges)))
void free_ranges(struct id_ranges *r);
/* ids.c: add to *OWN the ranges that /etc/subuid or /etc/subgid, by KIND, assigns to NAME or to the user ID (-1: none), and
 * to *OTHERS (unless NULL) the ranges of everybody else. Errors: an invalid line for NAME. subuid(5) */
CHECKED int read_lent(struct error *e, enum kind kind, const char *name, uid_t id, struct id_ranges *own, struct id_ranges *others);
/* ids.c: fail if these ranges, which the file of KIND assigns to NAME, overlap, or contain the user's OWN ID. A map may have no ID
 * twice: user_namespaces(7). */
CHECKED int check_lent(struct error *e, enum kind kind, const char *name, unsigned own, const struct id_ranges *lent);
/* ids.c: reserve IDs for a container that root runs: at most 65536 users and as many groups. No other container on this
 * host, no user and no subordinate range has these IDs. The reservation lasts as long as box runs. Errors: none are left. */
CHECKED int take_ids(struct container *c, struct id_range parts[2]);
/* user.c: run WORK, which returns 0 or -1, in a child that is root of a user namespace with the container's ID maps.
 * An ordinary user needs this to reach files that belong to subordinate IDs. user_namespaces(7) */
CHECKED int user_run(struct container *c, int (*work)(struct container *));
/* user.c: if this host may forbid user namespaces, append to c->error what forbids them and how to allow them. Returns -1. */
int user_blocked(struct container *c);
/* user.c: raise the hard limits of the process c->pid to those of --ulimit, as far as we may. Only root of the host may, which root
 * of a user namespace is not. prlimit(2) */
void user_limits(struct container *c);
/* users.c: resolve USER[:GROUP], with names from /etc/passwd and /etc/group of our current root directory. passwd(5) */
struct identity { uid_t user; gid_t group; gid_t *more; int count; char *home; };
CHECKED int find_user(const char *word, struct identity *who, struct error *e);

/* volume.c: normalise the targets of the spec's volumes and tmpfs, and list both in its mounts, those at the top first. Errors: a
 * target that is the root directory, or is there twice. */
CHECKED int volume_sort(struct spec *s, struct error *e);

/* init.c: stay PID 1, reap children and forward signals until the command ends. Returns 0 only in the child that is to
 * become the command; -1 if that child can't be created. */
CHECKED int run_init(struct container *c);

/* streams.c: without -i, open /dev/null as stdin. Fails if -i and -t are given and stdin is not a terminal. */
CHECKED int choose_stdin(const struct spec *s, struct error *e);
/* streams.c: true if there is anything to copy between the container and our terminal. */
bool streams_served(const struct container *c);
/* streams.c: copy the container's output so far, without waiting for more. */
void streams_catch_up(struct container *c);
/* streams.c: copy between our terminal (in raw mode with -i and -t) and the container's terminal or pipes, and forward the
 * window size and signals, until the process of c->pidfd ends. With -d, the output goes to the log. Restores our
 * terminal's mode before it returns. tty_ioctl(4), termios(3) */
void streams_serve(struct container *c);

/* terminal.c: give the terminal whose master the inside has sent our window's size. Fails if the inside has sent none. */
CHECKED int terminal_ready(struct container *c);
/* terminal.c: give the container's terminal our window's size. */
void terminal_resize(struct container *c);
/* terminal.c: true if stdin is a terminal and we are not its foreground process group. tcgetpgrp(3) */
bool terminal_is_behind(void);
/* terminal.c: set stdin to raw mode, in which every key is input, and save its mode in *BEFORE if that is empty. In the
 * background, stop first, as a read would. Returns whether stdin is now in raw mode. termios(3) */
bool terminal_go_raw(struct termios *before);

/* terminal.c: send FD with one byte over the socket CHANNEL; receive a packet of at most SIZE bytes, and the descriptor that
 * may come with it. The latter returns recvmsg(2)'s value, and leaves *FD alone if none came. unix(7) on SCM_RIGHTS */
CHECKED int send_descriptor(struct error *e, const char *why, int channel, int fd);
ssize_t receive_descriptor(int channel, void *packet, size_t size, int *fd);

/* seal.c: execute a copy of box that no container can write to, with the same arguments and environment. Returns 0 if we
 * are such a copy already. open_tree(2), execveat(2) */
CHECKED int seal(char **argv, struct error *e);

/* ---- Commands (commands.c, exec.c, stats.c) ------------------------------------------------------------ */

typedef int command_part(char **words, struct error *e);

struct command {
	const char *name, *usage, *what;
	command_part *run;			/* returns the exit status, or -1 */
	const struct option *options;			/* NULL: it has none, or prints its own help (run) */
};

extern const struct command commands[];	/* ends with a NULL name */

command_part command_run, command_ps, command_exec, command_kill, command_stop,
	command_rm, command_stats, command_logs, command_inspect;

/* An option of a command, and the function that stores its value WORD in *INTO: options.c */
struct option;
typedef int taker(void *into, const struct option *o, const char *word, struct error *e);

struct option {
	const char *name;
	char letter;			/* 0: it has only a long name */
	const char *word;		/* name of its argument in the help; NULL: it takes none */
	const char *what;
	taker *take;
	size_t place;			/* offset of its value in INTO */
	parser *parse;			/* parser of its argument, if it needs one */
	size_t size;			/* of an element, if the value is a list */
};

/* Parse options into INTO, up to the first argument that is not an option. Returns the remaining arguments, or NULL. */
CHECKED char **read_options(const struct option *options, void *into, char **words, struct error *e);
/* The same for commands without a COMMAND argument: options may come before, between and after the arguments. */
CHECKED char **read_between(const struct option *options, void *into, char **words, struct error *e);
void print_options(const struct option *options);

/* The options of the commands that have any. */
extern const struct option exec_options[], ps_options[], stop_options[], rm_options[], logs_options[];

/* Takers for the tables of options: for a flag, a choice, a string and a list, and for options that several commands have:
 * --env, --workdir and --explain. */
taker take_flag, take_choice, take_word, take_list, take_environment, take_workdir, take_explain;

#endif
