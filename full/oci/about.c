/*
 * about.c - what this runtime can do, and a config.json to begin with.
 *
 *   read     the OCI runtime-spec's features.md
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/spec.h"
#include "oci/oci.h"
#include "oci/rows.h"

/* "KEY": a list of words, and END. */
static void print_list(FILE *file, const char *key, char *const *words, const char *end)
{
	fprintf(file, "    \"%s\": [", key);
	for (char *const *word = words; *word; word++)
		fprintf(file, "%s\"%s\"", word == words ? "" : ", ", *word);
	fprintf(file, "]%s\n", end);
}

/* Engines look here before they ask for it: containerd and Docker for rro, containerd for idmap. */
int oci_features(const struct request *r UNUSED, char **words UNUSED, struct error *e UNUSED)
{
	puts("{\n"
	     "  \"ociVersionMin\": \"1.0.0\",\n"
	     "  \"ociVersionMax\": \"1.2.0\",\n"
	     "  \"hooks\": [\"prestart\", \"createRuntime\", \"createContainer\", \"startContainer\", \"poststart\", \"poststop\"],");
	print_list(stdout, "mountOptions", mount_options(), ",");
	puts("  \"linux\": {\n"
	     "    \"namespaces\": [\"cgroup\", \"ipc\", \"mount\", \"network\", \"pid\", \"time\", \"user\", \"uts\"],\n"
	     "    \"cgroup\": {\"v1\": false, \"v2\": true, \"systemd\": true, \"systemdUser\": true},\n"
	     "    \"seccomp\": {\n"
	     "      \"enabled\": true,\n"
	     "      \"actions\": [\"SCMP_ACT_ALLOW\", \"SCMP_ACT_ERRNO\", \"SCMP_ACT_KILL\", \"SCMP_ACT_KILL_PROCESS\", \"SCMP_ACT_KILL_THREAD\",\n"
	     "                  \"SCMP_ACT_LOG\", \"SCMP_ACT_NOTIFY\", \"SCMP_ACT_TRACE\", \"SCMP_ACT_TRAP\"],\n"
	     "      \"operators\": [\"SCMP_CMP_EQ\", \"SCMP_CMP_GE\", \"SCMP_CMP_GT\", \"SCMP_CMP_LE\", \"SCMP_CMP_LT\", \"SCMP_CMP_MASKED_EQ\", \"SCMP_CMP_NE\"]\n"
	     "    },\n"
	     "    \"mountExtensions\": {\"idmap\": {\"enabled\": true}},\n"
	     "    \"apparmor\": {\"enabled\": true},\n"
	     "    \"selinux\": {\"enabled\": false}\n"
	     "  }\n"
	     "}");
	return 0;
}

/* A config.json up to the paths that are masked. */
static const char config[] =
	"{\n"
	"  \"ociVersion\": \"1.0.2\",\n"
	"  \"process\": {\n"
	"    \"user\": {\"uid\": 0, \"gid\": 0},\n"
	"    \"args\": [\"sh\"],\n"
	"    \"env\": [\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\", \"TERM=xterm\"],\n"
	"    \"cwd\": \"/\",\n"
	"    \"capabilities\": {\n"
	"      \"bounding\": [\"CAP_AUDIT_WRITE\", \"CAP_KILL\", \"CAP_NET_BIND_SERVICE\"],\n"
	"      \"effective\": [\"CAP_AUDIT_WRITE\", \"CAP_KILL\", \"CAP_NET_BIND_SERVICE\"],\n"
	"      \"permitted\": [\"CAP_AUDIT_WRITE\", \"CAP_KILL\", \"CAP_NET_BIND_SERVICE\"]\n"
	"    },\n"
	"    \"rlimits\": [{\"type\": \"RLIMIT_NOFILE\", \"soft\": 1024, \"hard\": 1024}],\n"
	"    \"noNewPrivileges\": true\n"
	"  },\n"
	"  \"root\": {\"path\": \"rootfs\", \"readonly\": true},\n"
	"  \"hostname\": \"box\",\n"
	"  \"mounts\": " BUNDLE_MOUNTS ",\n"
	"  \"linux\": {\n"
	"    \"namespaces\": " BUNDLE_NAMESPACES ",\n";

int oci_spec(const struct request *r, char **words UNUSED, struct error *e)
{
	FILE *file;

	if (r->bundle && chdir(r->bundle) == -1)
		return fail(e, "--bundle %s: %s", r->bundle, strerror(errno));
	file = fopen("config.json", "wxe");
	if (!file)
		return fail_call(e, "write config.json, which must not exist yet", "open(\"config.json\")");
	fputs(config, file);
	print_list(file, "maskedPaths", masked_paths, ",");	/* what a container of box run does not see, either */
	print_list(file, "readonlyPaths", read_only_paths, "\n  }\n}");
	return fclose(file) == 0 ? 0 : fail_call(e, "write config.json", "write(\"config.json\")");
}
