# file: user.c
# what: all containers of root's have the same IDs
# tests: box-rootless.bats IDs of its own
s/if \(fcntl\(fd, F_OFD_SETLK, &byte\) == 0\)/if (fd >= 0)/
