# file: bricks/join.c
# what: root joins the user namespace first, and has no rights over the host's network namespace then
# tests: ../oci/oci.bats a user namespace by its path
s/root = geteuid\(\) == 0/root = false/
