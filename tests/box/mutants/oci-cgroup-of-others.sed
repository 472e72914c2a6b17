# file: bricks/slice.c
# what: a container takes a cgroup that has processes, which end with it
# tests: ../oci/cgroups.bats with processes is refused
s/"populated 1\\n"/"populated 2\\n"/
