# file: bricks/join.c
# what: it builds the container in box's own mount namespace
# tests: ../oci/oci.bats a mount namespace by its path
s/n->kind != CLONE_NEWNS/true/
