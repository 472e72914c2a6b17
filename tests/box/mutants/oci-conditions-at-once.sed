# file: bricks/profile.c
# what: several conditions on one argument are one rule, which libseccomp refuses
# tests: ../oci/oci.bats several conditions
s/\(unsigned\)__builtin_popcount\(seen\) == count/seen/
