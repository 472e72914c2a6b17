# file: bricks/volume.c
# what: a volume's propagation is left as it is
# tests: box-bricks.bats as its propagation says
s/c->rootless \? 0 : v->propagation/c->rootless ? 0 : MS_PRIVATE/
