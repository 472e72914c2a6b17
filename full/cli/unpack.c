/*
 * unpack.c - box unpack and box pull: images are other programs' work.
 *
 * A program that reads images from strangers parses hostile files. box must not contain such a parser: it is box-unpack's, which
 * has walls of its own (unpack/).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

/* For the help only: box-unpack reads its options itself. */
const struct option unpack_options[] = {
	{ "max-size", 0, "SIZE", "maximum size of all that the layers unpack to (32g)", NULL, 0, NULL, 0 },
	{ "max-entries", 0, "N", "maximum number of members in all layers (1000000)", NULL, 0, NULL, 0 },
	{ 0 }
};

int command_unpack(char **words, struct error *e)
{
	char path[PATH_MAX + sizeof "box-unpack"] = "";
	char *slash, *own = words[-1];
	const ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);

	words[-1] = (char []){ "box-unpack" };	/* its argv[0] */
	slash = length > 0 ? strrchr(path, '/') : NULL;
	if (slash) {
		strcpy(slash + 1, "box-unpack");
		execv(path, words - 1);
	}
	if (!slash || errno == ENOENT)
		execvp("box-unpack", words - 1);
	words[-1] = own;
	if (errno == ENOENT)
		return fail(e, "box-unpack is not installed: it is neither beside box nor in PATH; make -C full builds it if the "
			       "headers of libarchive and nettle are installed (Debian: libarchive-dev, nettle-dev)");
	return fail_call(e, "unpack", "execve(\"box-unpack\")");
}

int command_pull(char **words, struct error *e)
{
	const char *image = words[0] ? words[0] : "IMAGE";

	return fail(e, "box has no pull, because skopeo downloads images: skopeo copy docker://%s oci:DIR:TAG; "
		       "then box unpack DIR:TAG BUNDLE", image);
}
