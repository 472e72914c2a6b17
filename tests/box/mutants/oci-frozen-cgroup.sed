# file: bricks/slice.c
# what: a frozen cgroup is taken
# tests: ../oci/cgroups.bats a cgroup that is frozen
s/there >= 0 && cgroup_frozen\(there\)/false/
