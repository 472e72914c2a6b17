/*
 * rows.h - the tables of config.json's larger parts, each in a file of its own.
 */
#ifndef ROWS_H
#define ROWS_H

#include "oci/reader.h"

extern const struct field process_fields[];	/* process.c; into a struct process */
extern const struct field map_fields[];		/* mounts.c; into a struct id_map */
extern const struct field hook_fields[];	/* process.c; into the hooks of a struct engine */

/* process.c; of selinuxLabel and mountLabel, which have to be empty. */
field_reader read_label;

/* mounts.c; of an element of mounts, into a struct mount; of rootfsPropagation, into an unsigned long. */
field_reader read_mount, read_propagation;

/* The options of a mount that are not its file system's. The caller frees the list. */
char **mount_options(void);

/* resources.c; of linux.resources, into the unified list of a struct resources. */
field_reader read_resources;

#endif
