/*
 * reseed - give the kernel's random number generator a seed, as hexadecimal digits on stdin, and make it begin anew.
 *
 * A saved state has the generator in it: without this, every machine that is restored from the state would draw the
 * same numbers. random(4): RNDADDENTROPY adds and counts the seed; RNDRESEEDCRNG makes what is read from now on
 * depend on it.
 */
#include <fcntl.h>
#include <linux/random.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

int main(void)
{
	enum { MOST = 64 };
	struct rand_pool_info *seed = calloc(1, sizeof *seed + MOST);
	const int device = open("/dev/random", O_RDWR);
	unsigned char *bytes;
	unsigned int byte;
	int count = 0;

	if (!seed || device == -1) {
		perror("reseed");
		return 1;
	}
	bytes = (unsigned char *)seed->buf;
	while (count < MOST && scanf("%2x", &byte) == 1)
		bytes[count++] = byte;
	seed->entropy_count = 8 * count;
	seed->buf_size = count;
	if (count == 0 || ioctl(device, RNDADDENTROPY, seed) == -1 || ioctl(device, RNDRESEEDCRNG) == -1) {
		perror("reseed");
		return 1;
	}
	return 0;
}
