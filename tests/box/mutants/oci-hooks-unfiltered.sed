# file: life/inside.c
# what: the last hooks run before the filter is loaded
# tests: ../oci/oci.bats the last hooks, too
s/(\t\tif \(gate_wait\(c\) == -1)\)/\1 || hooks_run(c->spec, START_CONTAINER, "created", c->pid, \&c->error) == -1)/
s/\tif \(!c->joins && hooks_run\([^;]*\) == -1\)\n\t\treturn;\n//
