# file: bricks/caps.c
# what: the pipes of standard input and output are not given to the container's user
# tests: box-life.bats its user can open
s/if \(is_on\(fd, PIPEFS_MAGIC\)\)/if (fd < 0)/
