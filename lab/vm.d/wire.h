/*
 * wire.h - what host.c and guest.c say to each other, over one virtio-serial port.
 *
 * One channel keeps the order: when the host has read END, it has read all output.
 */
#include <stdint.h>

enum {
	RUN = 'R',    /* to the guest: "pipe" or "tty", ROWS, COLS, TERM, COMMAND, each with its NUL */
	STDIN = 'I',  /* to the guest; no bytes: the end */
	RESIZE = 'W', /* to the guest: ROWS, COLS, each with its NUL */
	UP = 'U',     /* to the host: the machine is up */
	STDOUT = 'O', /* to the host; from a terminal, too */
	STDERR = 'E', /* to the host */
	END = 'X',    /* to the host: one byte, COMMAND's exit status */
};

struct frame {
	struct head {
		uint32_t size; /* of bytes */
		uint32_t what;
	} head;
	char bytes[32768];
};
