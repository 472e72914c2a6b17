# file: bricks/join.c
# what: an ordinary user joins the user namespace last, and has no rights over the others before
# tests: ../oci/oci.bats a user namespace by its path
s/geteuid\(\) == 0 \? 0 : CLONE_NEWUSER/0/; s/geteuid\(\) == 0 \? CLONE_NEWUSER : 0/CLONE_NEWUSER/
