# file: life/container.c
# what: box itself joins the namespaces that the container shares, and so do its hooks
# tests: ../oci/oci.bats hooks run in
s/joins_namespaces\(c->spec\) \? start_joined\(c\) : start_child/joins_namespaces(c->spec) \&\& join_namespaces(c) == -1 ? -1 : start_child/
