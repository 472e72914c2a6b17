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

#include "oci/oci.h"

int oci_features(const struct request *r UNUSED, char **words UNUSED, struct error *e UNUSED)
{
	puts("{\n"
	     "  \"ociVersionMin\": \"1.0.0\",\n"
	     "  \"ociVersionMax\": \"1.2.0\",\n"
	     "  \"hooks\": [\"prestart\", \"createRuntime\", \"createContainer\", \"startContainer\", \"poststart\", \"poststop\"],\n"
	     "  \"linux\": {\n"
	     "    \"namespaces\": [\"cgroup\", \"ipc\", \"mount\", \"network\", \"pid\", \"time\", \"user\", \"uts\"],\n"
	     "    \"cgroup\": {\"v1\": false, \"v2\": true, \"systemd\": true, \"systemdUser\": true},\n"
	     "    \"seccomp\": {\"enabled\": true},\n"
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

/* What a container of box run does not see, either. */
static void print_paths(FILE *file, const char *key, char *const *paths, const char *end)
{
	fprintf(file, "    \"%s\": [", key);
	for (char *const *path = paths; *path; path++)
		fprintf(file, "%s\"%s\"", path == paths ? "" : ", ", *path);
	fprintf(file, "]%s\n", end);
}

int oci_spec(const struct request *r, char **words UNUSED, struct error *e)
{
	FILE *file;

	if (r->bundle && chdir(r->bundle) == -1)
		return fail(e, "--bundle %s: %s", r->bundle, strerror(errno));
	file = fopen("config.json", "wxe");
	if (!file)
		return fail_call(e, "write config.json, which must not exist yet", "open(\"config.json\")");
	fputs(config, file);
	print_paths(file, "maskedPaths", masked_paths, ",");
	print_paths(file, "readonlyPaths", read_only_paths, "\n  }\n}");
	return fclose(file) == 0 ? 0 : fail_call(e, "write config.json", "write(\"config.json\")");
}
