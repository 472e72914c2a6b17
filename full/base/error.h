/*
 * error.h - errors. A function that can fail returns -1 (or a negative descriptor) and describes the failure in a struct error,
 * in one line: what box could not do, the call, the kernel's error, and the remedy. main prints it, once.
 */
#ifndef ERROR_H
#define ERROR_H

#define CHECKED __attribute__((warn_unused_result))
#define UNUSED __attribute__((unused))
#define PRINTS(text, values) __attribute__((format(printf, text, values)))

/* What a caller can do something about. An engine recognises the others by their words: oci/main.c. */
enum error_kind { OTHER_ERROR, HELP_WANTED, NO_CONTAINER, ID_IN_USE, NOT_RUNNING, NO_COMMAND, NO_PERMISSION };

struct error {
	enum error_kind kind;
	int number;		/* errno, or 0 if no system call failed */
	int status;		/* exit status for box: 125 if box failed, 126 or 127 if COMMAND could not be run */
	char text[2048];	/* one line: what failed, why, and the remedy */
};

/* Replace control characters, which could end the line or move the cursor, by "?": U+0000 to U+001F and U+007F to U+009F. ascii(7) */
void blank_controls(char *text);

/* Fill *E with a message of our own; no system call failed. Returns -1. */
int fail_as(struct error *e, enum error_kind kind, const char *format, ...) PRINTS(3, 4);
#define fail(e, ...) fail_as(e, OTHER_ERROR, __VA_ARGS__)

/* Fill *E with "cannot WHY: CALL: " and strerror(3)'s text for errno. Returns -1. */
int fail_call(struct error *e, const char *why, const char *format, ...) PRINTS(3, 4);

/* Prefix the message in *E with the caller's context and ": ". Returns -1. */
int wrap(struct error *e, const char *format, ...) PRINTS(2, 3);

/* If the errno in *E is NUMBER, append the remedy TEXT to the message, in parentheses. Returns -1. */
int remedy(struct error *e, int number, const char *text);

#endif
