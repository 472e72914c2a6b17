# file: oci/process.c
# what: the soft limit is the hard one
# tests: ../oci/oci.bats rlimits have
s/limit_of\(row\.soft\), limit_of\(row\.hard\)/limit_of(row.hard), limit_of(row.hard)/
