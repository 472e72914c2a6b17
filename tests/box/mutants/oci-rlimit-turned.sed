# file: oci/process.c
# what: the soft limit is the hard one
# tests: ../oci/oci.bats rlimits have
s/row\.soft, row\.hard/row.hard, row.hard/
