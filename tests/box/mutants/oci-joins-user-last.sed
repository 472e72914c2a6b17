# file: bricks/join.c
# what: an ordinary user joins the user namespace last, and has no rights over the others before
# tests: ../oci/oci.bats a user namespace by its path
s/root = geteuid\(\) == 0/root = true/
