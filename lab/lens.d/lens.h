/*
 * lens.h - the data of one look at a process, and the functions that collect it. One file, one idea:
 *
 *   main.c         the command line
 *   look.c         one look
 *   process.c      find the process; its PIDs, and the other processes of its PID namespace
 *   namespaces.c   inodes, user maps; a child enters the namespaces to see from inside
 *   mounts.c       the root mount, the number of mounts, propagation
 *   cgroup.c       limits against use, pressure, OOM kills; cgroup v2, and v1 where it has them
 *   net.c          interfaces and their peers, by hand-written rtnetlink
 *   text.c         two columns
 *   json.c         the same for programs
 *   watch.c        a look every second, and the terminal under --watch
 *   files.c        read a small file; complain
 */
#pragma once
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

enum { PROCESSES = 64, RANGES = 8, LINKS = 128, ADDRESSES = 4, PATH = 1024 };
enum { CGROUP, IPC, MNT, NET, PID, TIME, USER, UTS, NAMESPACES };
enum { MEMORY, SWAP, PIDS, CPU, METERS };
enum { PRESSURES = 3 }; /* cpu, memory, io */

extern const char *const namespace_names[NAMESPACES];
extern const char *const meter_names[METERS];
extern const char *const pressure_names[PRESSURES];

struct process {
	pid_t host, inside;
	char name[16];
};

struct range {
	unsigned long first, lower, count;
};

/* use: the current use (-1: not counted). limit: the maximum (INFINITY: no limit). by: the ancestor cgroup
 * that sets the limit. v1: the controller is on cgroup v1. */
struct meter {
	bool known, v1;
	double use, limit;
	char by[PATH];
};

struct interface {
	int index, kin, kin_ns; /* kin: the index of its peer or lower device, in the namespace kin_ns */
	int peer;               /* the peer's index in the other side's list of links, or -1 */
	bool up;
	char name[IFNAMSIZ], addresses[ADDRESSES][INET6_ADDRSTRLEN + 4];
};

/* One side: the host's values, or the container's. */
struct side {
	pid_t pid;
	long uid; /* of the process; -1: not mapped here */
	char hostname[65];
	ino_t ns[NAMESPACES]; /* 0: can't be read */
	char root[PATH], source[PATH], type[32], device[16], propagation[32];
	int mounts, shared; /* -1: can't be read */
	struct range uids[RANGES], gids[RANGES];
	char cgroup[PATH];
	struct meter meters[METERS];
	double cpu_time;            /* in seconds */
	double pressure[PRESSURES]; /* "some", average of the last ten seconds; -1: unknown */
	long oom_kills;
	struct interface links[LINKS];
	int link_count; /* -1: can't be read */
	int other_ns;   /* this network namespace's ID for the other side's */
};

struct view {
	pid_t asked; /* the PID on the command line, if host.pid is its child in the container */
	char asked_name[16], command[256];
	int proc; /* a descriptor of /proc/PID: it stays valid for this process only, even if the PID is reused */
	bool ended;
	double when;
	struct process processes[PROCESSES];
	int process_count; /* all processes, also those that the list has no room for */
	struct side host, container;
};

/* files.c */
__attribute__((format(printf, 1, 2), noreturn)) void complain(const char *format, ...);
bool read_file(int directory, const char *path, char *text, size_t size);
FILE *open_file(int directory, const char *path);

/* process.c */
void find_process(struct view *v, const char *word);
bool has_ended(const struct view *v);
void read_processes(struct view *v);

/* namespaces.c */
void read_namespaces(struct side *s, int proc);
void read_users(struct view *v);
void read_from_inside(struct view *v);

/* mounts.c */
void read_mounts(struct side *s, int proc);
void unescape(char *path);

/* cgroup.c */
void read_cgroup_path(struct side *s, int proc);
void read_machine(struct side *host);
void read_limits(struct view *v);

/* net.c */
void read_links(struct side *s, int other_ns_fd);
void read_link_names(struct side *s, int proc);
void find_peers(struct view *v);

/* text.c, json.c, watch.c */
void write_text(FILE *to, const struct view *v, int width, bool colour);
void write_json(FILE *to, const struct view *v);
int watch(struct view *v, bool colour);

/* look.c */
void look(struct view *v);
