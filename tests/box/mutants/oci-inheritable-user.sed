# file: bricks/caps.c
# what: a user who is not root loses the inheritable capabilities
# tests: ../oci/oci.bats an inheritable capability stays
s/wanted->ambient \|\| wanted->inheritable/wanted->ambient/
