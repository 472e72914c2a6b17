# file: bricks/slice.c
# what: delete --force does not know the cgroup of a container whose creation was killed
# tests: ../oci/cgroups.bats killed when there is a cgroup
s/symlinkat\(path, c->directory, CGROUP\), "/0, "/
