/*
 * volume.h - the order of volumes and tmpfs.
 */
#ifndef VOLUME_H
#define VOLUME_H

#include "base/error.h"
#include "base/spec.h"

/* Normalise the targets of the spec's volumes and tmpfs, and list both in its mounts, those at the top first. Errors: a
 * target that is the root directory, or is there twice. */
CHECKED int volume_sort(struct spec *s, struct error *e);

#endif
