/*
 * firewall.c - the firewall: address translation, published ports, and the chains of other programs. The nft rules are
 * loaded once, with the bridge. A published port is not a rule, but an element of the map "ports".
 *
 *   see      nft list table ip box
 *   break    nft flush table ip box
 *   read     nft(8), the kernel's Documentation/networking/nf_conntrack-sysctl.rst
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/files.h"
#include "base/say.h"
#include "bricks/net.h"

/*
 * loopback: route_localnet lets the host's 127.0.0.1 reach containers. Containers must not reach the host's 127.0.0.1.
 * to_container: if a port of one of the host's addresses is in the map, it leads to a container: for packets from outside
 *     or from another container (prerouting), and from the host itself (output).
 * forward: from outside, accept only answers and published ports. This table enforces it, because the rules that we add
 *     to other chains below accept every packet of the bridge.
 * from_container: machines outside have no route to our subnet. And a container can't answer to the host's 127.0.0.1. A
 *     neighbour on the bridge would answer directly, and not from the host's address that was called.
 */
#define NAT "fib daddr type local dnat ip addr . port to meta l4proto . th dport map @ports; }\n"
static const char ruleset[] =
	"add table ip box\n"	/* so that the delete below can't fail */
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

/* ---- Run a program ------------------------------------------------------------------------------- */

static void become(char *const words[], int in, int out, int lock)
{
	const char *path = getenv("PATH");
	char all[PATH_MAX];

	snprintf(all, sizeof all, "%s:/usr/sbin:/sbin", path ? path : "/usr/bin:/bin");
	setenv("PATH", all, 1);
	fcntl(lock, F_SETFD, 0);	/* if we are killed, nft keeps the lock until it has ended */
	if (dup2(in, STDIN_FILENO) != -1 && dup2(out, STDOUT_FILENO) != -1 && dup2(out, STDERR_FILENO) != -1)
		execvp(*words, words);
	_exit(127);
}

/* Run WORDS with TEXT as its standard input. Returns its output and errors, to be closed with fclose(3), or NULL with *E filled. */
static FILE *hear(struct error *e, const char *why, int lock, char *const words[], const char *text)
{
	CLOSED int in = memory_file("in", 0, false);
	FILE *said = fdopen(memory_file("out", 0, false), "r");
	char line[256] = "nothing";
	int status = 0;
	pid_t pid = -1;

	if (explain && *text)
		say(why, "%s %s <<'END'\n%sEND\n", words[0], words[1], text);
	else if (explain)
		say(why, "%s %s %s\n", words[0], words[1], words[2]);
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
		fail(e, "cannot %s: %s: %s", why, *words, line);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
			fail(e, "cannot %s: the program %s is missing; install the package nftables, or use --network none or host", why, *words);
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

/* ---- The chains of other programs ---------------------------------------------------------------- */

/*
 * Every chain of a hook has to accept a packet. If a chain has the policy drop (Docker's and ufw's have), it needs rules for
 * our bridge. iptables-nft can read these rules, too, and we find them again by their comment, our name. Writes the nft
 * commands that open the listed chains, or close them again, to COMMANDS.
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
	const char *why = open ? "let chains with the policy drop accept the bridge's packets" : "remove our rules from other chains";
	char *text FREED = NULL;
	size_t size = 0;
	FILE *listed READ = hear(e, "list the chains", lock, (char *[]){ "nft", "-at", "list ruleset", NULL }, "");
	FILE *commands = listed ? open_memstream(&text, &size) : NULL;

	if (!listed)
		return -1;
	if (commands)
		write_changes(listed, open, commands);
	if (close_text(commands) == -1)
		return fail_call(e, why, "open_memstream()");
	return size ? firewall_change(e, why, lock, text) : 0;
}

/* The old iptables has tables that nft can't see. We don't change them. */
static void look_at_legacy(int lock)
{
	char *text FREED = NULL, tables[256];
	struct error ignored = { 0 };
	size_t size = 0;
	FILE *said READ = NULL;

	if (get(AT_FDCWD, "/proc/net/ip_tables_names", tables, sizeof tables) > 0 && strstr(tables, "filter"))
		said = hear(&ignored, "list the rules of the old iptables", lock, (char *[]){ "iptables-legacy", "-S", "FORWARD", NULL }, "");
	if (said && getdelim(&text, &size, '\0', said) > 0 && strstr(text, "-P FORWARD DROP") && !strstr(text, "-i " BRIDGE " -j ACCEPT"))
		fprintf(stderr, "box: warning: iptables-legacy's policy for FORWARD is DROP, so containers reach only the host, "
			"and only the host reaches their ports; run iptables-legacy -I FORWARD -i " BRIDGE
			" -j ACCEPT; iptables-legacy -I FORWARD -o " BRIDGE " -j ACCEPT\n");
}

/* ---- The table box -------------------------------------------------------------------------------- */

int firewall_load(struct error *e, int lock, struct in_addr gateway)
{
	char text[2048], subnet[INET_ADDRSTRLEN];
	struct error theirs = { 0 };

	gateway.s_addr &= htonl(~0u << (32 - PREFIX));
	inet_ntop(AF_INET, &gateway, subnet, sizeof subnet);
	snprintf(text, sizeof text, ruleset, subnet, PREFIX);
	if (firewall_change(e, "load the firewall rules for the bridge", lock, text) == -1)
		return -1;
	if (change_others(&theirs, lock, true) == -1)
		fprintf(stderr, "box: warning: cannot change a chain of the host that drops the bridge's packets: %s "
			"(allow " BRIDGE " in the program that made the chain; nft list ruleset shows it)\n", theirs.text);
	look_at_legacy(lock);
	return 0;
}

int firewall_is_there(struct error *e, int lock)
{
	FILE *tables READ = hear(e, "check whether the host has a table called box", lock,
				 (char *[]){ "nft", "-t", "list tables ip", NULL }, "");
	char line[256];
	int found = 0;

	while (tables && !found && fgets(line, sizeof line, tables))
		found = strcmp(line, "table ip box\n") == 0;
	return tables ? found : -1;
}

int firewall_remove(int lock)
{
	struct error ignored = { 0 };

	(void)change_others(&ignored, lock, false);	/* if this fails, nothing of ours is left there */
	return firewall_change(&ignored, "remove the firewall rules", lock, "add table ip box\ndelete table ip box\n");
}
