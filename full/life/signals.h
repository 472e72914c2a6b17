/*
 * signals.h - from create on, box blocks all signals. Then it receives them one by one, and passes them on.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include "bricks/container.h"

/* Block all signals, for container_wait. */
void hold_signals(void);

/* Send a signal to the container, or to its process group if the terminal sent the signal to ours (CODE is si_code of siginfo_t).
 * sigaction(2) */
void pass_on(struct container *c, int number, int code);

/* Stop box by the default action of the signal NUMBER. */
void stop_with(int number);

#endif
