# file: life/gate.c
# what: who wakes up at the gate before there is anything to read gives up
# tests: ../oci/oci.bats woken up too early
s/errno == EAGAIN \|\| //
