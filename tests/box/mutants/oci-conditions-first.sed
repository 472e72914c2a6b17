# file: bricks/profile.c
# what: of several conditions on one argument, only the first is kept
# tests: ../oci/oci.bats several conditions
s/(i = 0; i < )count(; i\+\+\)\n\t\tif \(add_condition)/\11\2/
