/*
 * streams.h - the caller's stdin, for the faces.
 */
#ifndef STREAMS_H
#define STREAMS_H

#include "base/error.h"
#include "base/spec.h"

/* Without -i, open /dev/null as stdin. Fails if -i and -t are given and stdin is not a terminal. */
CHECKED int choose_stdin(const struct spec *s, struct error *e);

#endif
