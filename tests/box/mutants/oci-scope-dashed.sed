# file: bricks/scope.c
# what: a scope without a prefix begins with a dash
# tests: ../oci/cgroups.bats asked for a scope
s/name - prefix > 1 \? "-" : ""/"-"/
