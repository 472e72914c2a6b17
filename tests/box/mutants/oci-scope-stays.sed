# file: bricks/cgroup.c
# what: a scope whose container has ended stays
# tests: ../oci/cgroups.bats asked for a scope
s/\t\tscope_stop\(c\);\n//
