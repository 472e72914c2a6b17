/*
 * record.h - a container's record, ROOT/ID/state.json.
 */
#ifndef RECORD_H
#define RECORD_H

#include "bricks/container.h"

/* A container's record. */
struct state {
	char root[PATH_MAX], id[NAME_MAX + 1];
	pid_t pid;			/* 0: the container has ended */
	int pidfd;			/* of its PID 1; -1: the container is not running */
	unsigned long long born;	/* as in struct container */
	int status;			/* the exit status, once the container has ended */
	long long created;		/* seconds since the epoch */
	bool paused;
	bool named;			/* by --name, so the ID can't be shortened */
	bool engines;			/* an engine owns it */
	void *json;			/* the whole record, a json_t of jansson */
};

/* Write the record of *C. It replaces the old one completely or not at all. */
CHECKED int record_write(struct container *c);

/* Record that the container has ended with STATUS. ROOT/ID stays, with state.json, the log and the upper directory. */
CHECKED int record_end(struct container *c, int status);

/* Record that the container in DIRECTORY, which has ended, has the name ID from now on. */
CHECKED int record_rename(int directory, const char *id, struct error *e);

/* Read the record in DIRECTORY, a ROOT/ID, into *S, which the caller frees with record_free(). Returns 0, or -1 with errno:
 * ENOENT if there is no record, EBADMSG if the file is not a record. */
CHECKED int record_read(int directory, struct state *s);
void record_free(struct state *s);

/* Return the text that JSON, a value of the record, stands for: a string, or an object with a string in percent-encoding. The
 * caller frees it. Returns NULL if JSON is neither. */
char *record_text(const void *json);

/* The path of the container's cgroup, or "". */
const char *record_cgroup(const struct state *s);

/* The signal that ends the container: that of --stop-signal, or SIGTERM. */
int record_stop_signal(const struct state *s);

/* The capabilities that a root of the container has. */
struct capabilities record_capabilities(const struct state *s);

/* Add to *SPEC what box exec needs of the container's spec, after what *SPEC has already. */
void record_spec(const struct state *s, struct spec *spec);

#endif
