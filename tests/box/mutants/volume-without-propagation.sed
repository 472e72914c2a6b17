# file: bricks/mounts.c
# what: a volume's propagation is left as it is
# tests: box-bricks.bats as its propagation says
s/if \(!c->sources\)[^\n]*\n\t\tcopied.propagation = 0/copied.propagation = c->sources ? MS_PRIVATE : 0/
