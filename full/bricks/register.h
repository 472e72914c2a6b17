/*
 * register.h - the register of a host network's addresses and ports that containers have.
 *
 * A directory for each of the host's network namespaces. Its entries are symbolic links: symlink(2) gives a name to only one
 * caller, and records the owner in the same call:
 *
 *   10.88.0.2 -> /var/lib/box/web      an address, and the container that has it
 *   tcp.8080 -> /var/lib/box/web       a published port
 *   box0 -> ours                       box created the bridge, so box has to remove it
 *   gateway -> 10.88.0.1               the bridge is complete
 *   ip_forward -> 0                    a setting of the host, as it was before
 *
 * A lock on the directory (flock(2)) keeps the bridge in place while a container is created. The last container removes the bridge.
 * If a box is killed before it can clean up, the next box does it, by these names.
 */
#ifndef REGISTER_H
#define REGISTER_H

#include <limits.h>

#include "bricks/container.h"

/* Open the register of our network namespace, and lock it (HOW: as in lock_file). With MAKE, create it if it does not exist. Returns a
 * descriptor, or -1 with *E filled. */
CHECKED int register_open(struct error *e, bool make, int how);

/* Remove the register itself, if it is empty. */
void register_close_down(void);

/* Enter that NAME is WHOSE. Returns 0, or -1 with *E filled: errno is EEXIST if somebody has it. symlinkat(2) */
CHECKED int register_take(struct error *e, const char *why, int reg, const char *name, const char *whose);

/* Set TEXT to the owner of NAME, or to "" if NAME is not there. Returns TEXT. */
char *register_look_up(int reg, const char *name, char text[PATH_MAX]);

/* The name of the container *C as an owner: its directory, an absolute path. */
void register_name(const struct container *c, char owner[PATH_MAX]);

/* Remove the entries of OWNER, and of all owners whose directory is gone. The ports of each are withdrawn, and those of UDP are added
 * to the list *UDP. Returns how many entries of others remain, or 1 if we can't tell. */
int register_strike_off(int reg, const char *owner, uint16_t **udp);

#endif
