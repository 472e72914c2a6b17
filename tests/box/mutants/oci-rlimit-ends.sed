# file: oci/process.c
# what: no limit is a limit, though a large one
# tests: ../oci/oci.bats rlimits have
s/number >= INT64_MAX \? RLIM_INFINITY : number/number/
