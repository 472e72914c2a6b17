# file: bricks/mounts.c
# what: a volume's propagation is left as it is
# tests: box-bricks.bats as its propagation says
s/if \(c->rootless\)\n\t\tcopied.propagation = 0/copied.propagation = c->rootless ? 0 : MS_PRIVATE/
