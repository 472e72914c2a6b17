/*
 * ipc.c - message queues, semaphores and shared memory of its own. What it needs in the file system, /dev/shm
 * and /dev/mqueue, is in dev.c.
 *
 *   see      box run ROOTFS ipcs -q
 *   break    ipcmk -Q on the host, and then: box run --without ipc ROOTFS ipcs -q
 *   read     ipc_namespaces(7), sysvipc(7), mq_overview(7)
 */
#define _GNU_SOURCE
#include <sched.h>

#include "bricks.h"

unsigned long ipc_flags(const struct spec *s UNUSED)
{
	return CLONE_NEWIPC;
}
