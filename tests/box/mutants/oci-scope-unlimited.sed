# file: bricks/scope.c
# what: a quota that an update takes away stays systemd's
# tests: ../oci/cgroups.bats each limit as a property
s/strncmp\(value, "max", 3\) == 0 \?/false ?/
