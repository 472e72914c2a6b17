# file: bricks/scope.c
# what: a scope of no slice is in the root slice
# tests: ../oci/cgroups.bats asked for a scope
s/"user\.slice" : "system\.slice"/"user.slice" : "-.slice"/
