# file: bricks/overlay.c
# what: with --read-only and --write-through, the mounts below ROOTFS are still writable
# tests: box-bricks.bats the mounts below
s/AT_FDCWD, "\.", AT_RECURSIVE, &attributes/AT_FDCWD, ".", 0, \&attributes/
