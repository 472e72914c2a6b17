# file: unpack/confine.c
# what: the process that reads the image goes on if the other one ended before it asked for a signal at that end
# tests: box-unpack.bats killed at once
s/if \(getppid\(\) != u->outside\)/if (0)/
