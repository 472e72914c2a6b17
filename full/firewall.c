/*
 * firewall.c - what becomes of packets: address translation, published ports, and other people's chains. The rules
 * are nft's, loaded once, with the bridge. A published port is no rule, but an element of the map "ports".
 *
 *   see      nft list table ip box
 *   break    nft flush table ip box
 *   read     nft(8), the kernel's Documentation/networking/nf_conntrack-sysctl.rst
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net.h"

/*
 * loopback: route_localnet lets the host's 127.0.0.1 reach containers. It must not let them reach the host's.
 * to_container: a port of any of the host's addresses that is in the map leads to a container; from outside, from
 *     another container (prerouting) and from the host itself (output).
 * forward: from outside, nothing but answers and published ports; this table says so, so that those that we open
 *     below need not.
 * from_container: the world knows nothing of our subnet. The host's 127.0.0.1 is no address to answer to, and a
 *     neighbour would answer directly, and not by the host's address that was called.
 */
#define NAT "fib daddr type local dnat ip addr . port to meta l4proto . th dport map @ports; }\n"
static const char ruleset[] =
	"add table ip box\n"	/* so that there is one to delete */
	"delete table ip box\n"
	"table ip box {\n"
	" map ports { type inet_proto . inet_service : ipv4_addr . inet_service; }\n"
	" chain loopback { type filter hook prerouting priority -300; iifname " BRIDGE " ip daddr 127.0.0.0/8 drop; }\n"
	" chain to_container { type nat hook prerouting priority -100; " NAT
	" chain to_container_from_host { type nat hook output priority -100; " NAT
	" chain forward { type filter hook forward priority 0;\n"
	"  iifname != " BRIDGE " oifname " BRIDGE " ct state != { established, related } ct status & dnat != dnat drop; }\n"
	" chain from_container { type nat hook postrouting priority 100;\n"
	"  ip saddr %1$s/%2$d oifname != " BRIDGE " masquerade;\n"
	"  ip saddr { 127.0.0.0/8, %1$s/%2$d } oifname " BRIDGE " ct status dnat masquerade; }\n"
	"}\n";

/* ---- To run a program ---------------------------------------------------------------------------- */

static void become(char *const words[], int in, int out, int lock)
{
	const char *path = getenv("PATH");
	char all[PATH_MAX];

	snprintf(all, sizeof all, "%s:/usr/sbin:/sbin", path ? path : "/usr/bin:/bin");
	setenv("PATH", all, 1);
	fcntl(lock, F_SETFD, 0);	/* if we are killed, nobody may come in while it is at work */
	if (dup2(in, STDIN_FILENO) != -1 && dup2(out, STDOUT_FILENO) != -1 && dup2(out, STDERR_FILENO) != -1)
		execvp(*words, words);
	_exit(127);
}

/* Run WORDS with TEXT to read. Returns what it said, on both its streams, or NULL with *E filled. fclose(3) it. */
static FILE *hear(struct error *e, const char *why, int lock, char *const words[], const char *text)
{
	CLOSED int in = memfd_create("in", MFD_CLOEXEC);
	FILE *said = fdopen(memfd_create("out", MFD_CLOEXEC), "r");
	char line[256] = "nothing";
	int status = 0;
	pid_t pid = -1;

	if (explain)
		say(why, *text ? "%s %s <<'END'\n%sEND\n" : "%s %s %s\n", words[0], words[1], *text ? text : words[2]);
	if (said && write(in, text, strlen(text)) != -1 && lseek(in, 0, SEEK_SET) == 0)
		pid = fork();
	if (pid == 0)
		become(words, in, fileno(said), lock);
	if (pid == -1 || waitpid(pid, &status, 0) == -1) {
		fail_call(e, why, "%s", *words);
	} else {
		rewind(said);
		if (status == 0)
			return said;
		if (fgets(line, sizeof line, said))
			line[strcspn(line, "\n")] = '\0';
		fail(e, "cannot %s: %s says: %s", why, *words, line);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
			fail(e, "cannot %s: there is no program %s: install the package nftables, or use --network none or host", why, *words);
	}
	if (said)
		fclose(said);
	return NULL;
}

int firewall_change(struct error *e, const char *why, int lock, const char *commands)
{
	FILE *said = hear(e, why, lock, (char *[]){ "nft", "-f-", NULL }, commands);

	return said ? fclose(said) : -1;
}

/* ---- Other people's chains ----------------------------------------------------------------------- */

/*
 * A packet has to please every chain of a hook: where one drops what it does not know (Docker's and ufw's do), it
 * has to know us. These rules are of a kind that iptables-nft can read, too, and bear our name, by which they
 * are found again. Write what opens the chains that are listed, or what closes them, to COMMANDS.
 */
static void write_changes(FILE *listed, bool open, FILE *commands)
{
	char *line FREED = NULL, family[16] = "", table[128] = "", chain[128] = "", *handle;
	size_t size = 0;

	while (getline(&line, &size, listed) != -1) {
		if (sscanf(line, "table %15s %127s", family, table) == 2 || sscanf(line, " chain %127s", chain) == 1)
			continue;
		if ((strcmp(family, "ip") != 0 && strcmp(family, "inet") != 0) || strcmp(table, "box") == 0)
			continue;
		if (open && strstr(line, "hook forward") && strstr(line, "policy drop;"))
			fprintf(commands, "insert rule %1$s %2$s %3$s iifname " BRIDGE " counter accept comment " BRIDGE "\n"
				"insert rule %1$s %2$s %3$s oifname " BRIDGE " counter accept comment " BRIDGE "\n",
				family, table, chain);
		else if (!open && strstr(line, "comment \"" BRIDGE "\"") && (handle = strstr(line, "# handle ")))
			fprintf(commands, "delete rule %s %s %s %s", family, table, chain, handle + 2);
	}
}

static int change_others(struct error *e, int lock, bool open)
{
	const char *why = open ? "let the bridge's packets pass where all that is not known is dropped" : "close what was opened";
	char *text FREED = NULL;
	size_t size = 0;
	FILE *commands = open_memstream(&text, &size);
	FILE *listed READ = hear(e, "see which chains there are", lock, (char *[]){ "nft", "-at", "list ruleset", NULL }, "");

	if (listed && commands)
		write_changes(listed, open, commands);
	if (!commands || fclose(commands) == -1 || !listed)
		return listed ? fail_call(e, why, "open_memstream()") : -1;
	return size ? firewall_change(e, why, lock, text) : 0;
}

/* The old iptables has tables that nft can't see. They are not ours to change. */
static void look_at_legacy(int lock)
{
	char *text FREED = NULL, tables[256];
	struct error ignored = { 0 };
	size_t size = 0;
	FILE *said READ = NULL;

	if (get(AT_FDCWD, "/proc/net/ip_tables_names", tables, sizeof tables) > 0 && strstr(tables, "filter"))
		said = hear(&ignored, "ask the old iptables, too", lock, (char *[]){ "iptables-legacy", "-S", "FORWARD", NULL }, "");
	if (said && getdelim(&text, &size, '\0', said) > 0 && strstr(text, "-P FORWARD DROP") && !strstr(text, "-i " BRIDGE " -j ACCEPT"))
		fprintf(stderr, "box: warning: iptables-legacy's policy for FORWARD is DROP: containers reach the host alone, "
			"and nobody but the host their ports. Mend it: iptables-legacy -I FORWARD -i " BRIDGE
			" -j ACCEPT; iptables-legacy -I FORWARD -o " BRIDGE " -j ACCEPT\n");
}

/* ---- The host's ---------------------------------------------------------------------------------- */

int firewall_load(struct error *e, int lock, struct in_addr gateway)
{
	char text[2048], subnet[INET_ADDRSTRLEN];
	struct error theirs = { 0 };

	gateway.s_addr &= htonl(~0u << (32 - PREFIX));
	inet_ntop(AF_INET, &gateway, subnet, sizeof subnet);
	snprintf(text, sizeof text, ruleset, subnet, PREFIX);
	if (firewall_change(e, "have rules for the bridge's packets", lock, text) == -1)
		return -1;
	if (change_others(&theirs, lock, true) == -1)
		fprintf(stderr, "box: warning: a chain of the host's drops what it does not know, and can't be changed: %s "
			"(allow " BRIDGE " in the program whose chain it is: nft list ruleset)\n", theirs.text);
	look_at_legacy(lock);
	return 0;
}

void firewall_remove(int lock)
{
	struct error ignored = { 0 };

	/* What can't be had any more is nobody's loss. */
	(void)(change_others(&ignored, lock, false) +
	       firewall_change(&ignored, "take the rules away", lock, "delete table ip box\n"));
}
