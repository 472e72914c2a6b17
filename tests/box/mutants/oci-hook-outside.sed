# file: oci/process.c
# what: createContainer's hooks run in the host's namespaces
# tests: ../oci/oci.bats hooks run in
s/"createContainer", CREATE_CONTAINER/"createContainer", CREATE_RUNTIME/
