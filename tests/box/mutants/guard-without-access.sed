# file: bricks/guard.c
# what: a rule for one access allows all of them
# tests: ../oci/cgroups.bats the access
s/if \(r->access != ALL_ACCESS\)/if (false)/
