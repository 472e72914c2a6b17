# file: bricks/seccomp.c
# what: a profile of box run asks an agent that there is not
# tests: ../oci/oci.bats a profile of box run
s/return !seccomp_asks\(&s->filter\) \?/return true ?/
