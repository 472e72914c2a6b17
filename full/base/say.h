/*
 * say.h - narration: --explain prints every system call, with the reason for it.
 */
#ifndef SAY_H
#define SAY_H

#include <stdbool.h>

#include "base/error.h"

/* --explain; --explain=pause; and our side of the wall: "outside" or "inside". */
extern bool explain, paused;
extern const char *side;

/* Under --explain: say() prints a call and its reason before the call; told() prints the result after it. */
void say(const char *why, const char *format, ...) PRINTS(2, 3);
void told(long result);

/*
 * Make a system call, and print it under --explain. DO prints the call as it is written in the source. SHOW prints
 * run-time values. Both fill *E if the call fails. With MAY, the caller handles failure. Each returns the call's value.
 */
#define DO(e, why, call) SHOW(e, why, call, "%s", #call)
#define SHOW(e, why, call, ...) ({ \
	long result_ = MAY(why, call, __VA_ARGS__); \
	if (result_ == -1) \
		fail_call(e, why, __VA_ARGS__); \
	result_; })
#define MAY(why, call, ...) ({ \
	if (explain) \
		say(why, __VA_ARGS__); \
	long made_ = (call); \
	if (explain) \
		told(made_); \
	made_; })

#endif
