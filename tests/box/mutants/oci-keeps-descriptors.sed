# file: bricks/caps.c
# what: one descriptor more than the engine has asked for stays open
# tests: ../oci/oci.bats descriptors are closed
s/3 \+ c->spec->engine\.preserved/4 + c->spec->engine.preserved/
