# file: life/gate.c
# what: the gate keeps its name when it is opened
# tests: ../oci/oci.bats states of a container
s/unlinkat\(directory, GATE "\.open", 0\);/renameat(directory, GATE ".open", directory, GATE);/
