# file: oci/main.c
# what: exec that fails exits with 1
# tests: ../oci/oci.bats exec runs a process
s/r\.execs \? 255 : 1/1/
