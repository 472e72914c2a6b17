# file: bricks/hooks.c
# what: a hook starts in the directory of the caller
# tests: ../oci/oci.bats hook gets the state
s/!bundle \|\| chdir\(bundle\) == 0/bundle || !bundle/
