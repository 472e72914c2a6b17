# file: bricks/join.c
# what: a time namespace alone is no reason for a process that joins it
# tests: ../oci/oci.bats timeOffsets
s/n->path \|\| n->kind == CLONE_NEWTIME/n->path/
