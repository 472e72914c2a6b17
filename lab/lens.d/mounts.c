/*
 * mounts.c - the root mount, the number of mounts, propagation; all read from mountinfo.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lens.h"

/* In mountinfo, blanks and backslashes are escaped as octal numbers. */
void unescape(char *path)
{
	char *to = path;

	for (; *path; path++)
		if (path[0] == '\\' && path[1] && path[2] && path[3]) {
			*to++ = strtol((char[]){ path[1], path[2], path[3], '\0' }, NULL, 8);
			path += 3;
		} else {
			*to++ = *path;
		}
	*to = '\0';
}

/* Optional fields: "shared:1 master:2" and so on, up to a dash. */
static void name_propagation(char name[32], const char *fields)
{
	bool shared = strstr(fields, "shared:"), slave = strstr(fields, "master:");

	strcpy(name, shared && slave              ? "shared, slave" :
		     shared                       ? "shared" :
		     slave                        ? "slave" :
		     strstr(fields, "unbindable") ? "unbindable" :
						    "private");
}

/* The source of the mount on "/", as findmnt prints it: SOURCE[DIRECTORY]. */
static void read_root_mount(struct side *s, char *within, char *rest, char *optional)
{
	char *type = strsep(&rest, " "), *source = strsep(&rest, " ");

	name_propagation(s->propagation, optional);
	unescape(within);
	if (!source)
		return;
	unescape(source);
	snprintf(s->type, sizeof s->type, "%s", type);
	if (strcmp(within, "/") == 0)
		snprintf(s->source, sizeof s->source, "%s", source);
	else
		snprintf(s->source, sizeof s->source, "%s[%s]", source, within);
}

static void read_mount(struct side *s, char *line)
{
	char *fields[5], *optional, *rest;

	for (int i = 0; i < 5; i++)
		fields[i] = strsep(&line, " "); /* ID, parent, device, root, mount point; */
	optional = line;                        /* mount options, optional fields, a dash, */
	if (!line || !(rest = strstr(line, " - ")))
		return;
	*rest = '\0'; /* file system type, source, its options */
	s->mounts++;
	if (strstr(optional, " shared:"))
		s->shared++;
	if (strcmp(fields[4], "/") == 0) {
		snprintf(s->device, sizeof s->device, "%s", fields[2]);
		read_root_mount(s, fields[3], rest + 3, optional);
	}
}

/* In a chroot, mountinfo lists only the mounts below the process's root. */
void read_mounts(struct side *s, int proc)
{
	FILE *file = open_file(proc, "mountinfo");
	char *line = NULL;
	size_t size = 0;
	ssize_t length;

	*s->source = *s->type = *s->device = *s->propagation = '\0';
	s->mounts = file ? 0 : -1;
	s->shared = 0;
	length = readlinkat(proc, "root", s->root, sizeof s->root - 1);
	s->root[length > 0 ? length : 0] = '\0';
	while (file && (length = getline(&line, &size, file)) > 0) {
		line[length - 1] = '\0';
		read_mount(s, line);
	}
	free(line);
	if (file)
		fclose(file);
}
