# file: life/container.c
# what: box prune removes the image of a running container
# tests: box-image.bats prune removes images
s/flock\(c->image, LOCK_SH\) == 0 && //
