/*
 * wire.h - the protocol between host.c and guest.c, over one virtio-serial port.
 *
 * One port keeps the order: when the host reads END, it has already read all output.
 */
#include <stdint.h>

enum {
	RUN = 'R',    /* to the guest: "pipe" or "tty", ROWS, COLS, TERM, COMMAND, each ending in NUL */
	STDIN = 'I',  /* to the guest; no bytes mean the end of stdin */
	RESIZE = 'W', /* to the guest: ROWS, COLS, each ending in NUL */
	UP = 'U',     /* to the host: the machine is up */
	STDOUT = 'O', /* to the host; with a terminal, both streams */
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
