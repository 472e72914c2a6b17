/*
 * wait.h - waits that a signal may end. Until the command has started, all signals are blocked (hold_signals), and those that
 * would end box end its waits instead.
 */
#ifndef WAIT_H
#define WAIT_H

#include <stdbool.h>

#include "base/error.h"

/* Has a signal ended a wait before the command started? */
extern bool interrupted;

/* Wait until FD can be read, for at most TIMEOUT ms (-1: for ever). Returns false if a signal that ends box is pending before
 * that, and sets interrupted. poll(2), signalfd(2) */
CHECKED bool wait_to_read(int fd, int timeout);

/* Has the process of this descriptor ended? Also true of a zombie, for which its parent has yet to wait. pidfd_open(2) */
bool has_ended(int pidfd);

/* Fail if a signal has ended a wait: the command has not started yet, so box removes what it has created. */
CHECKED int check_interrupt(struct error *e);

/* The same if such a signal is pending. From the start of the command on, signals are for the command. */
CHECKED int check_signals(struct error *e);

/* Does our caller ignore the signal? sigaction(2) */
bool is_ignored(int number);

/* Lock the file at FD. Unless HOW is LOCK_NB, wait for the lock. Returns 0, or -1 with errno: EINTR if a signal that ends box came
 * first. flock(2) */
CHECKED int lock_file(int fd, int how);

#endif
