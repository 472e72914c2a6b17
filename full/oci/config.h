/*
 * config.h - config.json, process.json and the other files that an engine writes.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <jansson.h>

#include "base/error.h"
#include "base/spec.h"

/* Parse a file of JSON ("-": standard input). Returns what json_decref() frees, or NULL with *E filled. */
json_t *json_file(const char *path, struct error *e);

/*
 * Read BUNDLE/config.json into *S, and what it refers to stays valid as long as the process. Relative paths start at BUNDLE, which is
 * absolute. If something is left out, *E has a warning. The OCI runtime-spec's config.md and config-linux.md
 */
CHECKED int config_read(const char *bundle, struct spec *s, struct error *e);

/* Read a process.json into S->process: the "process" of a config.json. Warnings as above. */
CHECKED int process_read(const char *path, struct spec *s, struct error *e);

/* Read resources, the "linux.resources" of a config.json, into S->resources.unified. */
CHECKED int resources_read(const char *path, struct spec *s, struct error *e);

/* By crun's annotation: does the process keep the groups of the engine's user? podman-run(1) on --group-add keep-groups */
bool keeps_groups(const json_t *annotations);

/* Read hooks, as JSON text, into S->engine.hooks. */
CHECKED int hooks_read(const char *text, struct spec *s, struct error *e);

#endif
