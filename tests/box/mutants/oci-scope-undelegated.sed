# file: bricks/scope.c
# what: systemd keeps the files of the scope for itself
# tests: ../oci/cgroups.bats asked for a scope
s/Delegate=yes/Delegate=no/
