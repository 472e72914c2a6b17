# file: bricks/join.c
# what: a path may be a namespace of another kind
# tests: ../oci/oci.bats a path that is no namespace
s/setns\(fd, n->kind\)/setns(fd, 0)/
