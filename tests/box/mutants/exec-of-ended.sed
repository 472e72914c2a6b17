# file: life/exec.c
# what: exec does not ask whether the container has ended since it found it
# tests: ../oci/oci.bats container ends meanwhile
s/if \(has_ended\(c->pidfd\)\)/if (0)/
