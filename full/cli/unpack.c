/*
 * unpack.c - box unpack, box prune and box pull: images are other programs' work.
 *
 * A program that reads images from strangers parses hostile files. box must not contain such a parser: it is box-unpack's, which
 * has walls of its own (unpack/).
 */
#include "cli/cli.h"
#include "oci/image.h"

/* For the help only: box-unpack reads its options itself. */
const struct option unpack_options[] = {
	{ "max-size", 0, "SIZE", "maximum size of all that the layers unpack to (default: 32g)", NULL, 0, NULL, 0 },
	{ "max-entries", 0, "N", "maximum number of members in all layers (default: 1000000)", NULL, 0, NULL, 0 },
	{ 0 }
};

int command_unpack(char **words, struct error *e)
{
	words[-1] = (char []){ "box-unpack" };	/* its argv[0] */
	return image_program(words - 1, e);
}

int command_prune(char **words, struct error *e)
{
	return *words ? fail(e, "usage: box prune") : image_prune(e);
}

int command_pull(char **words, struct error *e)
{
	const char *image = words[0] ? words[0] : "IMAGE";

	return fail(e, "box has no pull, because skopeo downloads images: skopeo copy docker://%s oci:DIR:TAG; "
		       "then box run oci:DIR:TAG, or box unpack DIR:TAG BUNDLE", image);
}
