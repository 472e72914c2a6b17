/*
 * files.h - reads and writes files, creates and removes directories, and locks them.
 */
#ifndef FILES_H
#define FILES_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/error.h"

/* Write a short text to a file, relative to the directory DIR. On failure, fills *E with WHY. */
CHECKED int put(struct error *e, const char *why, int dir, const char *file, const char *text);

/* Create the directory NAME in the directory AT, unless it exists. On failure, fills *E with WHY. mkdirat(2) */
CHECKED int have_directory(struct error *e, const char *why, int at, const char *name, mode_t mode);

/* Read a file, relative to DIR, into TEXT, as a string. Returns its length, or -1 with errno set. */
ssize_t get(int dir, const char *file, char *text, size_t size);

/* Read FD to its end, and close it. Returns the text, as a string that the caller frees, or NULL with errno set: as it was
 * if FD is -1, EFBIG if it is longer than LARGEST_TEXT, so that no file of a container makes us read for ever. */
enum { LARGEST_TEXT = 1 << 24 };
char *read_text(int fd);

/* Close a stream of open_memstream(3). Returns -1 if a write to it has failed, or if there was no memory for it, and it is NULL. */
CHECKED int close_text(FILE *stream);

/* Write all of TEXT, in several calls if need be: a disk that gets full takes a part of it, and says why only to the next call. Returns 0,
 * or -1 with errno. write(2) */
CHECKED int write_text(int fd, const char *text, size_t length);

/* Create a file in memory, close-on-exec, with other FLAGS of memfd_create(2). Since Linux 6.3, a host can forbid to execute such
 * files, or demand that we say whether it is a PROGRAM: sysctl vm.memfd_noexec. Returns a descriptor, or -1 with errno. */
int memory_file(const char *name, unsigned flags, bool program);

/* Are we root, and the network ours? Root of a user namespace without a network of its own, as unshare -Ur creates it, has no more
 * rights on the host than the user who created it. ioctl_ns(2) on NS_GET_USERNS */
bool is_root(void);

/* May we mount, and copy mounts, where we are? Root of a user namespace may in a mount namespace that belongs to it: an engine that an
 * ordinary user calls has both. mount_namespaces(7) */
bool may_mount(void);

/* Is NAME, as readdir(3) returns it, the directory itself ("."), or its parent ("..")? */
bool is_dots(const char *name);

/* The next entry of a directory but those two, or NULL: at its end errno is 0, and otherwise it says why there are no more. readdir(3) */
struct dirent *next_entry(DIR *all);

/* Is FD on a file system of this KIND: PROC_SUPER_MAGIC, or PIPEFS_MAGIC for a pipe without a name? fstatfs(2), linux/magic.h */
bool is_on(int fd, long kind);

/* Are both descriptors of the same file? */
bool is_same(int fd, int other);

/* Does NAME at AT name the directory that DIRECTORY is a descriptor of? It follows no symbolic link. */
bool leads_to(int at, const char *name, int directory);

/* Lock an open directory, which NAME at AT has to name still, and return it. Otherwise, close it and return -1 with errno: ENOENT if
 * the process that held the lock before has removed or renamed it, EINTR if a signal ended the wait. Waits for the lock unless HOW
 * is LOCK_NB. flock(2) */
int lock_opened(int fd, int at, const char *name, int how);

/* The same, for the directory NAME at AT, which is opened first. */
int lock_directory(int at, const char *name, int how);

/* Rename the file or directory FROM at FROM_AT, unless TO exists at TO_AT. Returns 0, or -1 with errno: EEXIST. renameat2(2) */
int rename_new(int from_at, const char *from, int to_at, const char *to);

/* Remove the directory NAME in the directory AT, with everything in it. Never follows a symbolic link, and never leaves
 * the file system. Returns 0, or -1 with errno set. */
int remove_tree(int at, const char *name);

/* Remove everything in the directory FD but KEPT (or NULL), and close FD. */
void empty(int fd, const char *kept);

#endif
