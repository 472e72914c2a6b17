/*
 * box.h - what box's files share: an error, a spec, a container, a brick.
 *
 * Data flows one way. argv becomes a struct spec: what is wanted, never changed afterwards. From it grows a
 * struct container: what has been made. What can fail returns -1 (or a negative descriptor) and says why in a
 * struct error; main prints it, once.
 *
 * Words: "outside" is the host's side of the wall, "inside" the container's. ROOT is box's directory, which
 * has a directory for each container, named by its ID.
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
	int status;		/* what box exits with: 125, or 126 and 127 where COMMAND is to blame */
	char text[2048];	/* one line: the thing, the rule, the remedy */
};

/* The two flags of narration; whether a signal ended one of its pauses; and the side that is talking. */
extern bool explain, paused, interrupted;
extern const char *side;

/* Fill *E with a line of no system call's. Returns -1. */
int fail(struct error *e, const char *format, ...) PRINTS(2, 3);

/* Fill *E with "cannot WHY: CALL: errno's text". Returns -1. */
int fail_call(struct error *e, const char *why, const char *format, ...) PRINTS(3, 4);

/* Put a layer's context before the line of *E, and ": " between them. Returns -1. */
int wrap(struct error *e, const char *format, ...) PRINTS(2, 3);

/* Put a remedy behind the line of *E, in brackets, if its errno is NUMBER. Returns -1. */
int remedy(struct error *e, int number, const char *text);

/* Under --explain: say a call and its reason before it is made, and what came of it after. */
void say(const char *why, const char *format, ...) PRINTS(2, 3);
void told(long result);

/*
 * Make a system call. DO says the call as it stands in the source, SHOW with computed values; both fill *E if
 * it fails. MAY leaves a failure to the caller. Their value is the call's.
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

/* For variables that end with their block: cleanup(7) of GNU C. */
#define CLOSED __attribute__((cleanup(close_it)))
#define FREED __attribute__((cleanup(free_it)))
void close_it(int *fd);		/* close(2), unless it is negative; then it is -1 */
void free_it(void *pointer);	/* free(3) of what POINTER points to */
#define LISTED __attribute__((cleanup(close_listing)))
#define READ __attribute__((cleanup(close_stream)))
void close_listing(DIR **listing);	/* closedir(3), unless it is NULL */
void close_stream(FILE **stream);	/* fclose(3), unless it is NULL */

/* ---- The spec: what is wanted (options.c, parse.c) ------------------------------------------------- */

enum network { NETWORK_NONE, NETWORK_HOST, NETWORK_BRIDGE };

struct volume { const char *source, *target; bool read_only; };
struct tmpfs { const char *target; unsigned long flags; const char *options; };	/* flags: mount(2) */
struct port { uint16_t host, container; bool udp; };
struct ulimit { const char *word; int resource; uint64_t soft, hard; };
struct sysctl { const char *name, *value; };
struct throttle { const char *path; uint64_t rate; };	/* bytes a second, of the device that PATH is on */

/* Lists end with an element of zeros, and are NULL when empty. Numbers that nobody asked for are 0. */
struct spec {
	const char *name;		/* the ID; NULL: one is made up */
	const char *rootfs;		/* an absolute path without links */
	char **command;
	const char *hostname, *workdir, *user;
	char **environment;
	bool interactive, tty, detach, remove, init, read_only, write_through, privileged;
	struct volume *volumes;
	struct tmpfs *tmpfs;
	uint64_t memory, memory_swap;	/* bytes; UINT64_MAX: max */
	uint64_t cpus;			/* microseconds of every 100000 */
	uint64_t pids;
	const char *cpuset;
	struct throttle *reads, *writes;
	int network;			/* an enum network */
	struct port *ports;
	char **dns;
	uint64_t added, dropped;	/* capabilities, a bit for each: capabilities(7); of ALL, or of the default's, */
	uint64_t capabilities;		/* these remain */
	const char *seccomp;		/* NULL: the default; "unconfined", or a profile's path */
	struct sock_fprog filter;	/* what that is for seccomp(2); no length: nothing */
	struct ulimit *ulimits;
	struct sysctl *sysctls;
	int userns;			/* a user namespace: asked for, or because we are not root */
	int cgroupns;
	uint64_t without;		/* bricks left out: a bit for each place in the wall */
};

/* Read argv's words, after "run", into *S. Returns 0. Errors: bad options, values, paths. docker-run(1) */
CHECKED int spec_from_words(struct spec *s, char **words, struct error *e);

/* Print the options of run, and the bricks, on stdout. */
void print_run_help(void);

/*
 * Values, into what the void pointer is called. Each returns 0, or fails with a line that says what is accepted.
 *
 * size, cpus and number are uint64_t
 * size: bytes, or with b, k, m, g, t (any case, powers of 1024); "max" or -1 is UINT64_MAX
 * cpus: 0.01 to 8192, or max, in microseconds of every 100000 (cgroup v2's cpu.max)
 * number: a decimal number from LEAST to MOST
 * volume: SRC:DST[:ro|:rw]; SRC made absolute, DST is
 * port: HOST:CONTAINER[/tcp|/udp]
 * ulimit: NAME=SOFT[:HARD], with getrlimit(2)'s names in lower case, without RLIMIT_
 * capability: a name of capabilities(7), in any case, with or without CAP_; ALL is all
 */
typedef int parser(const char *word, void *value, struct error *e);
parser parse_size, parse_cpus, parse_volume, parse_tmpfs, parse_port, parse_throttle, parse_ulimit, parse_sysctl;
CHECKED int parse_number(const char *word, uint64_t least, uint64_t most, uint64_t *number, struct error *e);
CHECKED int parse_capability(const char *word, uint64_t *set, struct error *e);
CHECKED int parse_name(const char *word, struct error *e);
CHECKED int parse_signal(const char *word, int *number, struct error *e);

/* Put PAIR, NAME=VALUE, into the list; a NAME that is there gets the new VALUE. */
char **put_variable(char **list, const char *pair);

/* Blank the values of LIST, when they are of no more use to us: what stands in our arguments can be read by everybody, as long
 * as we live. proc(5) on cmdline */
void hide_values(char **list);

/* Returns a copy of LIST, a zero-ended array of elements of SIZE bytes, with ELEMENT put to its end. */
void *append(void *list, size_t size, const void *element);

/* ---- The container: what has been made ------------------------------------------------------------- */

enum { MAP_LINES = 64 };	/* the kernel takes 340 */

struct container {
	const struct spec *spec;
	struct error error;
	char id[NAME_MAX + 1];
	char root[PATH_MAX];		/* ROOT */
	int directory;			/* ROOT/ID; locked while box lives */
	bool spare;			/* in there is one for the next container */
	int tree;			/* its root file system, on the inside; before, ROOTFS with translated owners, or -1 */
	unsigned long namespaces;	/* in which it was born */
	int handed;			/* what the host has handed in: that, or a network namespace; or -1 */
	bool host_is_done;		/* on the inside: it has said so */
	pid_t pid;			/* of its PID 1, as the host counts; on the inside 0 */
	int pidfd;
	unsigned long long born;	/* its start time, in clock ticks since boot: proc(5) */
	int channel;			/* to the other side of the wall: a socket that keeps packets apart */
	sigset_t signals;		/* as our caller had them */
	char *home;			/* of the user that it runs as; on the inside */
	char cgroup[PATH_MAX];		/* its cgroup's path; empty: there is none */
	int cgroup_fd;
	struct in_addr address;		/* on the bridge; 0: none */
	int terminal;			/* the master of its pseudoterminal */
	int log;			/* with -d: where it writes */
	unsigned long joins;		/* exec: the namespaces to join, those of pidfd's process */
	int given[3], kept[3];		/* in place of our terminal at 0, 1 and 2: what it gets, and our end of that; or -1 */
	char maps[2][MAP_LINES * 36];	/* of its user namespace, as /proc/PID/uid_map and gid_map take them */
	int ids;			/* a lock on those of the host's that are in them, as long as we live; or -1 */
	pid_t helper;			/* slirp4netns or pasta */
	bool rootless;
};

/*
 * A brick of the wall. All of its parts may be NULL. The wall stands in container.c: its order is the order in
 * which things are made. undo runs in reverse, also when the way up failed halfway, and after a crash on
 * a container of which only id, root and directory are known: it goes by names, not by what it remembers.
 */
typedef unsigned long brick_flags(const struct spec *);
typedef int brick_part(struct container *);
typedef void brick_undo(struct container *);

struct brick {
	const char *name;				/* as --without knows it */
	const char *what;				/* one line about it; NULL: it can't be left out */
	brick_flags *flags;				/* namespaces to ask clone3(2) for */
	brick_part *before;				/* the host's part that clone3(2) needs */
	brick_part *outside;				/* the host's part, while the child waits */
	brick_part *inside;				/* the container's part, before it becomes the command */
	brick_undo *undo;				/* the host's part, when it is over */
};

extern const struct brick wall[];	/* ends with a NULL name */

/* Is this brick in the wall, or did the reader leave it out? NAME is one of the wall's. */
bool with(const struct container *c, const char *name);

/* The bit of spec.without for NAME, or 0 if there is no such brick. */
uint64_t brick_bit(const char *name);

/*
 * The life of a container, as the OCI runtime-spec has it. container_create makes everything but the command:
 * after it, the child waits. container_start lets it become the command, and returns when it has.
 * container_wait passes signals on and returns the exit status as docker-run(1) has it.
 * container_delete takes everything away; it never fails, and may be called at any point of the life.
 */
struct container container_of(const struct spec *s);	/* nothing has been made of it yet */
CHECKED int container_create(struct container *c, const struct spec *s);
CHECKED int container_start(struct container *c);
CHECKED int container_wait(struct container *c);
void container_delete(struct container *c);

/*
 * Parts of a life, for exec. start_child is clone3(2) with our cgroup, and sets pid, pidfd and channel; CHILD never
 * returns. inside_from builds the inside from the brick FIRST on, waits for our words, and becomes the command. tell
 * says one to it; if it has ended, c->error is its. hold_signals blocks all, for container_wait; pass_on sends one to the container, or to its
 * process group if the terminal sent it to ours (CODE is siginfo_t's); stop_with stops us.
 */
CHECKED int start_child(struct container *c, unsigned long flags, void (*child)(struct container *));
void inside_from(struct container *c, const char *first) __attribute__((noreturn));
CHECKED int tell(struct container *c, const char *word, const char *why);

/* For the inside of a brick: wait until the outside of all has been done. */
void host_is_done(struct container *c);
void hold_signals(struct container *c);
void pass_on(struct container *c, int number, int code);
void stop_with(int number);

/* Run bricks' undo, the last brick first. */
void take_down(struct container *c);

/* The last of the inside: becomes the command, or fills c->error. environ(7), execve(2) */
void become_command(struct container *c, char **command, char **environment);

#include "store.h"

/* ---- Mounts: helpers of the bricks (mount.c) --------------------------------------------------------- */

/*
 * A descriptor (O_PATH) of PATH in the container's root, which is our working directory; links are followed as
 * the container would, never out of it. With MAKE ('d' or 'f') a missing directory or file is made. openat2(2)
 */
CHECKED int open_in_root(struct container *c, const char *path, char make);

/*
 * Mount a file system of TYPE on the directory TARGET of the container's root; a missing one is made, and a link is
 * an error: what we mount next goes below it, and must not land elsewhere. mount(2)
 */
CHECKED int mount_on(struct container *c, const char *type, const char *target, unsigned long flags,
		     const char *options);

/* Bind the mount or file at the descriptor FROM, and all below it, on what the descriptor ONTO stands for.
 * open_tree(2), mount_setattr(2), move_mount(2) */
CHECKED int bind_on(struct container *c, int from, int onto, bool read_only);

/* ---- Files (files.c) -------------------------------------------------------------------------------- */

/* Write a short text into a file, relative to the directory DIR. Fills *E with WHY if it fails. */
CHECKED int put(struct error *e, const char *why, int dir, const char *file, const char *text);

/* Make the directory NAME at the descriptor AT, if it is not there. Fills *E with WHY if it can't. mkdirat(2) */
CHECKED int have_directory(struct error *e, const char *why, int at, const char *name, mode_t mode);

/* Read a file, relative to DIR, whole into TEXT, as a string. Returns its length, or -1 with errno. */
ssize_t get(int dir, const char *file, char *text, size_t size);

/* Remove the directory NAME at the descriptor AT with all that is in it; never follows a link, stays on its
 * file system. Returns 0, or -1 with errno. */
int remove_tree(int at, const char *name);

/* Remove all that is in the directory FD, and close it. */
void empty(int fd);

/* ---- Bricks, a file each: what other files need of them ---------------------------------------------- */

/* cgroup.c: "the kernel killed it" if it was so, on stderr. */
void cgroup_report(const struct container *c);

/* podman's eleven: what programs that expect to be root need, and none of which reaches the host. */
#define DEFAULT_CAPABILITIES (UINT64_C(1) << CAP_CHOWN | 1 << CAP_DAC_OVERRIDE | 1 << CAP_FOWNER | 1 << CAP_FSETID | \
	1 << CAP_KILL | 1 << CAP_NET_BIND_SERVICE | UINT64_C(1) << CAP_SETFCAP | 1 << CAP_SETGID | 1 << CAP_SETPCAP | \
	1 << CAP_SETUID | 1 << CAP_SYS_CHROOT)

/* seccomp.c: set the spec's filter, by its seccomp, privileged and capabilities; its seccomp becomes an absolute
 * path. Errors: a profile that can't be read. */
CHECKED int seccomp_choose(struct spec *s, struct error *e);
/* seccomp.c: load the filter of the spec. The last of the inside: from then on only what it allows. seccomp(2) */
CHECKED int seccomp_apply(struct container *c);
/* profile.c: compile TEXT, a profile in Docker's format, for a container with these CAPABILITIES. The code
 * lives until the next call. seccomp_rule_add(3) */
CHECKED int profile_compile(const char *text, uint64_t capabilities, struct sock_fprog *filter, struct error *e);
/* ids.c: COUNT IDs in a row; and a list of such, which free_ranges frees. */
struct id_range { uint64_t first, count; };
struct id_ranges { struct id_range *list; size_t count; };
enum kind { USERS, GROUPS };
#define RANGES_FREED __attribute__((cleanup(free_ranges)))
void free_ranges(struct id_ranges *r);
/* ids.c: add to *OWN what /etc/subuid or /etc/subgid, by KIND, lends to NAME, or to the user ID (-1: none); and to *OTHERS
 * (or NULL) what it lends to others. Errors: a line of NAME's that can't be read. subuid(5) */
CHECKED int read_lent(struct error *e, enum kind kind, const char *name, uid_t id, struct id_ranges *own, struct id_ranges *others);
/* ids.c: IDs for a container of root's, at most 65536 users and as many groups, that no other container on this host, no
 * user and nobody to whom IDs are lent has; they stay so as long as we live. Errors: there are no such any more. */
CHECKED int take_ids(struct container *c, struct id_range parts[2]);
/* user.c: run WORK in a child that is root of a user namespace, with the map of the container's; it returns 0 or -1.
 * So an ordinary user reaches files of subordinate IDs. user_namespaces(7) */
CHECKED int user_run(struct container *c, int (*work)(struct container *));
/* user.c: put behind c->error who forbids user namespaces here, and what turns it, if that may be the reason. Returns -1. */
int user_blocked(struct container *c);
/* users.c: USER[:GROUP], names looked up in the /etc/passwd and /etc/group of the root that we are in. passwd(5) */
struct identity { uid_t user; gid_t group; gid_t more[64]; int count; char home[PATH_MAX]; };
CHECKED int find_user(const char *word, struct identity *who, struct error *e);

/* init.c: stay PID 1, reap and forward until the command ends. Returns 0 only in a child, which is to become the
 * command; -1 if there can be none. */
CHECKED int run_init(struct container *c);

/* streams.c: open /dev/null for who gets no stdin. Fails if -i and -t find no terminal there. */
CHECKED int choose_stdin(const struct spec *s, struct error *e);
/* streams.c: is there anything to copy between the container and our terminal? */
bool streams_served(const struct container *c);
/* streams.c: copy what it has said so far, and return at once. */
void streams_catch_up(struct container *c);
/* streams.c: copy between our terminal (with -i and -t in raw mode) and the container's, or the pipes in its place; pass
 * on size and signals, until c->pidfd's process ends. With -d its output goes to the log. Ours is as it was when it
 * returns. tty_ioctl(4), termios(3) */
void streams_serve(struct container *c);

/* terminal.c: the inside has sent the master of its terminal: give it our window's size. Fails if it has not. */
CHECKED int terminal_ready(struct container *c);
/* terminal.c: give it our window's size. */
void terminal_resize(struct container *c);
/* terminal.c: is another process group in the foreground of the terminal that is our stdin? tcgetpgrp(3) */
bool terminal_is_behind(void);
/* terminal.c: have our stdin hand on every key, unread, and keep its mode in *BEFORE if that is empty. Stops us in the
 * background. Returns whether it is so. termios(3) */
bool terminal_go_raw(struct termios *before);

/* terminal.c: send FD along with a byte, over the socket CHANNEL; and receive one, with a packet of at most SIZE bytes. The
 * latter's value is recvmsg(2)'s; without a descriptor *FD stays as it was. unix(7) on SCM_RIGHTS */
CHECKED int send_descriptor(struct error *e, const char *why, int channel, int fd);
ssize_t receive_descriptor(int channel, void *packet, size_t size, int *fd);

/* seal.c: run on as a copy of ourselves that no container can write to, with the same words and environment. Returns
 * 0 if that is so already. open_tree(2), execveat(2) */
CHECKED int seal(char **argv, struct error *e);

/* ---- Commands (commands.c, exec.c, stats.c) ------------------------------------------------------------ */

typedef int command_part(char **words, struct error *e);

struct command {
	const char *name, *usage, *what;
	command_part *run;			/* returns the exit status, or -1 */
	const struct option *options;			/* NULL: it has none, or (run) its own help */
};

extern const struct command commands[];	/* ends with a NULL name */

command_part command_run, command_ps, command_exec, command_kill, command_stop,
	command_rm, command_stats, command_logs, command_inspect;

/* An option of a command: options.c */
struct option;
typedef int taker(void *into, const struct option *o, const char *word, struct error *e);

struct option {
	const char *name;
	char letter;			/* 0: it has none */
	const char *word;		/* what it takes, as the help calls it; NULL: nothing */
	const char *what;
	taker *take;
	size_t place;			/* where in INTO its value goes, */
	parser *parse;			/* through this, if it is set */
	size_t size;			/* of an element, if that is a list */
};

/* Read words that are options into INTO; they end at the first that is none. Returns what follows, or NULL. */
CHECKED char **read_options(const struct option *options, void *into, char **words, struct error *e);
/* The same for commands that run none: options may stand before, between and behind the words. */
CHECKED char **read_between(const struct option *options, void *into, char **words, struct error *e);
void print_options(const struct option *options);

/* Of the commands that have some. */
extern const struct option exec_options[], ps_options[], stop_options[], rm_options[], logs_options[];

/* For tables of options: a flag, a word, a list of words; and of more than one command: --env, --workdir, --explain. */
taker take_flag, take_choice, take_word, take_list, take_environment, take_workdir, take_explain;

#endif
