# file: oci/process.c
# what: a capability named ALL is all of them
# tests: ../oci/oci.bats a capability that this
s/strcasecmp\(\*names, "ALL"\) != 0 && //
