/*
 * parse.c - parses the values of options: sizes, volumes, ports and so on.
 *
 * Each error shows the value that can't be parsed, and what is accepted.
 */
#include <ctype.h>
#include <errno.h>
#include <linux/bpf.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/spec.h"
#include "base/text.h"

/* Pass the ownership of a copy to the caller. */
static char *take(char **copy)
{
	char *taken = *copy;

	*copy = NULL;
	return taken;
}

/* Cut WORD, a copy of what argv has, at the first AT. Returns what follows, or NULL if there is no AT. */
static char *cut(char *word, char at)
{
	char *behind = word ? strchr(word, at) : NULL;

	if (behind)
		*behind++ = '\0';
	return behind;
}

int parse_number(const char *word, uint64_t least, uint64_t most, uint64_t *number, struct error *e)
{
	char *end;

	errno = 0;
	*number = strtoull(word, &end, 10);
	if (!isdigit(*word) || *end || errno || *number < least || *number > most)
		return fail(e, "\"%s\" is not a whole number from %llu to %llu", word,
			    (unsigned long long)least, (unsigned long long)most);
	return 0;
}

/* As docker reads it: 64mb, 64MiB and 1.5g are sizes, too. */
int parse_size(const char *word, void *result, struct error *e)
{
	static const char units[] = "kmgt";
	const size_t length = strspn(word, "0123456789.");
	const char *rest = word + length, *unit = *rest ? strchr(units, tolower(*rest)) : NULL;
	char number[32], *end;
	long double bytes;

	if (strcmp(word, "max") == 0 || strcmp(word, "-1") == 0) {
		*(uint64_t *)result = UINT64_MAX;
		return 0;
	}
	snprintf(number, sizeof number, "%.*s", (int)length, word);
	bytes = strtold(number, &end);
	if (unit) {
		bytes *= 1ull << 10 * (unit - units + 1);
		rest++;
	}
	if (unit && tolower(*rest) == 'i' && tolower(rest[1]) == 'b')
		rest++;
	if (tolower(*rest) == 'b')
		rest++;
	if ((!isdigit(*word) && *word != '.') || *end || *rest || length >= sizeof number || bytes < 1 || bytes >= 1ull << 62)
		return fail(e, "\"%s\" is not a size; use a number of bytes above 0, which may end in k, m, g or t, or use max", word);
	*(uint64_t *)result = bytes;
	return 0;
}

int parse_cpus(const char *word, void *result, struct error *e)
{
	uint64_t *quota = result;
	char *end;
	double cpus = strtod(word, &end);

	if (strcmp(word, "max") == 0) {
		*quota = UINT64_MAX;
		return 0;
	}
	if (!*word || strspn(word, "0123456789.") != strlen(word) || *end || !(cpus >= 0.01 && cpus <= 8192))
		return fail(e, "\"%s\" is not a number of CPUs; use a number from 0.01 to 8192, or max", word);
	*quota = llround(cpus * 100000);
	return 0;
}

int parse_name(const char *word, struct error *e)
{
	size_t length = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");

	if (!isalnum(*word) || word[length] || length > 64)
		return fail(e, "\"%s\" is not a name; use 1 to 64 letters, digits, _, . and -, and begin with a letter or digit", word);
	return 0;
}

const struct mount_word mount_words[] = {
	{ "bind", MS_BIND, 0, 0 }, { "rbind", MS_BIND | MS_REC, 0, 0 }, { "defaults", 0, 0, 0 },
	{ "ro", MS_RDONLY, 0, 0 }, { "rw", 0, MS_RDONLY, 0 }, { "nosuid", MS_NOSUID, 0, 0 }, { "suid", 0, MS_NOSUID, 0 },
	{ "nodev", MS_NODEV, 0, 0 }, { "dev", 0, MS_NODEV, 0 }, { "noexec", MS_NOEXEC, 0, 0 }, { "exec", 0, MS_NOEXEC, 0 },
	{ "noatime", MS_NOATIME, MS_RELATIME | MS_STRICTATIME, 0 }, { "atime", 0, MS_NOATIME, 0 },
	{ "nodiratime", MS_NODIRATIME, 0, 0 }, { "diratime", 0, MS_NODIRATIME, 0 },
	{ "relatime", MS_RELATIME, MS_NOATIME | MS_STRICTATIME, 0 }, { "norelatime", 0, MS_RELATIME, 0 },
	{ "strictatime", MS_STRICTATIME, MS_NOATIME | MS_RELATIME, 0 }, { "nostrictatime", 0, MS_STRICTATIME, 0 },
	{ "nosymfollow", MS_NOSYMFOLLOW, 0, 0 }, { "symfollow", 0, MS_NOSYMFOLLOW, 0 },
	{ "iversion", MS_I_VERSION, 0, 0 }, { "noiversion", 0, MS_I_VERSION, 0 }, { "lazytime", MS_LAZYTIME, 0, 0 }, { "nolazytime", 0, MS_LAZYTIME, 0 },
	{ "sync", MS_SYNCHRONOUS, 0, 0 }, { "async", 0, MS_SYNCHRONOUS, 0 }, { "dirsync", MS_DIRSYNC, 0, 0 },
	{ "mand", 0, 0, 0 }, { "nomand", 0, 0, 0 }, { "silent", MS_SILENT, 0, 0 }, { "loud", 0, MS_SILENT, 0 },
	{ "private", 0, 0, MS_PRIVATE }, { "rprivate", 0, 0, MS_PRIVATE }, { "slave", 0, 0, MS_SLAVE },
	{ "rslave", 0, 0, MS_SLAVE }, { "shared", 0, 0, MS_SHARED }, { "rshared", 0, 0, MS_SHARED },
	{ "unbindable", 0, 0, MS_UNBINDABLE }, { "runbindable", 0, 0, MS_UNBINDABLE }, { "remount", MS_REMOUNT, 0, 0 },
	{ 0 }
};

const struct mount_word *find_mount_word(const char *word)
{
	const struct mount_word *w = mount_words;

	while (w->word && strcmp(w->word, word) != 0)
		w++;
	return w->word ? w : NULL;
}

/* Propagation is always recursive, as in docker, whose two spellings mean the same here. A label (z, Z) is for SELinux. */
static int parse_volume_option(const char *word, struct mount *m, struct error *e)
{
	const struct mount_word *w = find_mount_word(word);

	if (w && w->propagation && w->propagation != MS_UNBINDABLE) {
		m->propagation = w->propagation;
		return 0;
	}
	if (strcmp(word, "ro") == 0 || strcmp(word, "rw") == 0) {
		m->below = word[1] == 'o' ? MS_RDONLY : 0;
		m->flags = MS_BIND | MS_REC | m->below;
		return 0;
	}
	if (strcmp(word, "z") == 0 || strcmp(word, "Z") == 0)
		return access("/sys/fs/selinux/enforce", F_OK) == -1 ? 0 :
		       fail(e, "%s: box gives no SELinux labels; run chcon -R -t container_file_t SRC, and omit it", word);
	return fail(e, "\"%s\" is unknown; a volume can be ro, rw, rprivate, rslave or rshared", word);
}

int parse_volume(const char *word, void *volume, struct error *e)
{
	struct mount *m = volume;
	char *copy FREED = formatted("%s", word), *target = cut(copy, ':'), *options = cut(target, ':'), *one;

	*m = (struct mount){ .brick = "volume", .type = "bind", .flags = MS_BIND | MS_REC, .propagation = MS_PRIVATE };
	if (!target || *target != '/' || !target[strspn(target, "/.")])
		return fail(e, "not a volume; use SRC:DST or SRC:DST:ro, where DST is a path below /");
	while ((one = strsep(&options, ",")))
		if (parse_volume_option(one, m, e) == -1)
			return -1;
	if (!(m->source = realpath(copy, NULL)))
		return fail(e, "SRC %s: %s%s", copy, strerror(errno),
			    strchr(copy, '/') ? "" : "; box keeps no volumes of its own, so SRC is a path");
	m->target = target;
	take(&copy);
	return 0;
}

/* Options that every file system has are flags of mount(2). The others are passed to tmpfs(5). */
int parse_tmpfs(const char *word, void *tmpfs, struct error *e)
{
	struct mount *m = tmpfs;
	char *copy FREED = formatted("%s", word), *rest = copy, *kept;

	strsep(&rest, ":");	/* from here on, copy is DST, and rest is OPTIONS or NULL */
	if (*copy != '/' || !copy[strspn(copy, "/.")])
		return fail(e, "not a tmpfs; use DST or DST:OPTIONS, where DST is a path below /; tmpfs(5) lists the options");
	if (!(kept = calloc(1, strlen(word) + sizeof "mode=1777,")))
		abort();
	*m = (struct mount){ .brick = "volume", .type = "tmpfs", .flags = MS_NOSUID | MS_NODEV | MS_NOEXEC, .options = kept };
	strcpy(kept, "mode=1777");
	for (char *one; (one = strsep(&rest, ",")); ) {
		const struct mount_word *w = find_mount_word(one);

		if (w && !w->propagation && !(w->set & MS_BIND))
			m->flags = (m->flags & ~w->clear) | w->set;
		else
			strcat(strcat(kept, ","), one);
	}
	m->target = take(&copy);
	return 0;
}

int access_of(const char *letters)
{
	return (strchr(letters, 'r') ? BPF_DEVCG_ACC_READ : 0) | (strchr(letters, 'w') ? BPF_DEVCG_ACC_WRITE : 0) |
	       (strchr(letters, 'm') ? BPF_DEVCG_ACC_MKNOD : 0);
}

int parse_pids(const char *word, void *pids, struct error *e)
{
	if (strcmp(word, "max") != 0 && strcmp(word, "-1") != 0)
		return parse_number(word, 1, 4194304, pids, e);
	*(uint64_t *)pids = UINT64_MAX;
	return 0;
}

int parse_port(const char *word, void *port, struct error *e)
{
	struct port *p = port;
	char *copy FREED = formatted("%s", word), *protocol = cut(copy, '/'), *inside = cut(copy, ':');
	uint64_t host, container;

	if (!inside || (protocol && strcmp(protocol, "udp") != 0 && strcmp(protocol, "tcp") != 0) ||
	    parse_number(copy, 1, 65535, &host, e) == -1 || parse_number(inside, 1, 65535, &container, e) == -1)
		return fail(e, "not a port; use HOST:CONTAINER, two numbers from 1 to 65535, which may end in /tcp or /udp");
	*p = (struct port){ host, container, protocol && *protocol == 'u' };
	return 0;
}

int parse_throttle(const char *word, void *throttle, struct error *e)
{
	struct throttle *t = throttle;
	char *copy FREED = formatted("%s", word), *rate = strrchr(copy, ':');

	if (!rate || *copy != '/')
		return fail(e, "not a rate; use PATH:RATE, where PATH is a device or a file on it, and RATE is in bytes per second");
	*rate++ = '\0';
	if (parse_size(rate, &t->rate, e) == -1)
		return -1;
	t->path = take(&copy);
	return 0;
}

static int parse_bound(const char *word, uint64_t *bound, struct error *e)
{
	*bound = UINT64_MAX;
	return strcmp(word, "-1") == 0 || strcmp(word, "unlimited") == 0 ? 0 : parse_number(word, 0, INT64_MAX, bound, e);
}

int parse_ulimit(const char *word, void *ulimit, struct error *e)
{
	struct ulimit *u = ulimit;
	static const struct { const char *name; int resource; } names[] = {
		{ "as", RLIMIT_AS }, { "core", RLIMIT_CORE }, { "cpu", RLIMIT_CPU }, { "data", RLIMIT_DATA },
		{ "fsize", RLIMIT_FSIZE }, { "locks", RLIMIT_LOCKS }, { "memlock", RLIMIT_MEMLOCK },
		{ "msgqueue", RLIMIT_MSGQUEUE }, { "nice", RLIMIT_NICE }, { "nofile", RLIMIT_NOFILE },
		{ "nproc", RLIMIT_NPROC }, { "rss", RLIMIT_RSS }, { "rtprio", RLIMIT_RTPRIO },
		{ "rttime", RLIMIT_RTTIME }, { "sigpending", RLIMIT_SIGPENDING }, { "stack", RLIMIT_STACK },
	};
	char *copy FREED = formatted("%s", word), *soft = cut(copy, '='), *hard = cut(soft, ':');
	size_t i = 0;

	if (!soft)
		return fail(e, "not a limit; use NAME=SOFT or NAME=SOFT:HARD, such as nofile=1024:4096");
	while (i < sizeof names / sizeof *names && strcmp(names[i].name, copy) != 0)
		i++;
	if (i == sizeof names / sizeof *names)
		return fail(e, "unknown limit \"%s\"; setrlimit(2) lists the names", copy);
	u->word = word;
	u->resource = names[i].resource;
	if (parse_bound(soft, &u->soft, e) == -1 || parse_bound(hard ? hard : soft, &u->hard, e) == -1)
		return -1;
	return u->soft > u->hard ? fail(e, "the soft limit can't be higher than the hard limit") : 0;
}

int parse_sysctl(const char *word, void *sysctl, struct error *e)
{
	struct sysctl *s = sysctl;
	char *copy FREED = formatted("%s", word), *value = cut(copy, '=');

	if (!value || !*copy || strstr(copy, "..") || strchr(copy, '/'))
		return fail(e, "not a sysctl; use NAME=VALUE, such as net.ipv4.ip_unprivileged_port_start=0");
	for (char *dot = copy; (dot = strchr(dot, '.')); )
		*dot = '/';
	*s = (struct sysctl){ take(&copy), value };
	return 0;
}

const char *const capability_names[] = {
	"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
	"LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
	"SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
	"SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
	"MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
	"CHECKPOINT_RESTORE", NULL
};

int parse_capability(const char *word, uint64_t *set, struct error *e)
{
	const char *name = strncasecmp(word, "CAP_", 4) == 0 ? word + 4 : word;

	if (strcasecmp(name, "ALL") == 0) {
		*set = UINT64_MAX;
		return 0;
	}
	for (size_t i = 0; capability_names[i]; i++)
		if (strcasecmp(name, capability_names[i]) == 0) {
			*set = UINT64_C(1) << i;
			return 0;
		}
	return fail(e, "unknown capability \"%s\"; capabilities(7) lists the names, and ALL means all of them", word);
}

/* RTMIN, RTMIN+3, RTMAX-1. RTMIN is 34, as in glibc and in docker; musl's SIGRTMIN is 35. */
static bool parse_realtime(const char *name, int *number)
{
	enum { RTMIN = 34, RTMAX = 64 };
	const bool from_min = strncasecmp(name, "RTMIN", 5) == 0;
	struct error ignored = { 0 };
	uint64_t distance = 0;

	if (!from_min && strncasecmp(name, "RTMAX", 5) != 0)
		return false;
	if (name[5] && name[5] != (from_min ? '+' : '-'))
		return false;
	if (name[5] && parse_number(name + 6, 0, RTMAX - RTMIN, &distance, &ignored) == -1)
		return false;
	*number = from_min ? RTMIN + (int)distance : RTMAX - (int)distance;
	return true;
}

int parse_signal(const char *word, int *number, struct error *e)
{
	/* In the order of their numbers: signal(7). */
	static const char names[] = "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT "
				    "STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS ";
	const char *wanted = strncasecmp(word, "SIG", 3) == 0 ? word + 3 : word, *name = names;
	const size_t length = strlen(wanted);
	uint64_t parsed;

	for (int i = 1; *name; i++, name += strcspn(name, " ") + 1)
		if (length && strncasecmp(wanted, name, length) == 0 && name[length] == ' ') {
			*number = i;
			return 0;
		}
	if (parse_realtime(wanted, number))
		return 0;
	if (parse_number(word, 1, SIGRTMAX, &parsed, e) == -1)
		return fail(e, "unknown signal \"%s\"; signal(7) lists the names and numbers, and RTMIN+N is one, too", word);
	*number = (int)parsed;
	return 0;
}
