# file: overlay.c
# what: with --read-only and --write-through, what is mounted below ROOTFS can be written
# tests: box-bricks.bats nor what is mounted below
s/AT_FDCWD, "\.", AT_RECURSIVE, &attributes/AT_FDCWD, ".", 0, \&attributes/
