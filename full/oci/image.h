/*
 * image.h - images in place of ROOTFS, which box-unpack unpacks.
 */
#ifndef IMAGE_H
#define IMAGE_H

#include <stddef.h>

#include "base/error.h"
#include "base/spec.h"

/* What an image says, beside what fits into the spec: its arguments, of which the first ENTRY are its entrypoint, and variables. */
struct image { char **args; size_t entry; char **env; };

/* Take WORD as ROOTFS: a directory; or oci:DIR[:TAG], an image in an OCI layout; or docker-archive:FILE[:TAG], one in a tar of docker
 * save. Unpack the image, unless that was done before, and fill *IMAGE, and what the command line has left open in *S. If box-unpack has printed the error, there is no text in *E. */
CHECKED int image_use(struct spec *s, char *word, struct image *image, struct error *e);

/* What to run: ENTRYPOINT (NULL: the image's), and COMMAND or, without one, the image's own arguments. docker-run(1) */
char **image_args(const struct image *image, const char *entrypoint, char **command);

/* Become box-unpack, which is beside box or in PATH. WORDS: its arguments, with its name. Returns only if that fails. execve(2) */
CHECKED int image_program(char *const words[], struct error *e);

/* Remove the unpacked images that no container uses, and print their digests. Returns only if that fails. */
CHECKED int image_prune(struct error *e);

#endif
