/*
 * ipc.c - message queues, semaphores and shared memory of its own. Its mounts, /dev/shm and /dev/mqueue, are in dev.c.
 *
 *   see      box run ROOTFS ipcs -q
 *   break    ipcmk -Q on the host, and then: box run --without ipc ROOTFS ipcs -q
 *   read     ipc_namespaces(7), sysvipc(7), mq_overview(7)
 */
#define _GNU_SOURCE
#include <sched.h>

#include "bricks/brick.h"

unsigned long ipc_flags(const struct spec *s UNUSED)
{
	return CLONE_NEWIPC;
}
