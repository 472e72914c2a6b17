# file: oci/process.c
# what: the user 4294967295, which is no user to setresuid(2), stays root
# tests: ../oci/oci.bats a user or group of
s/group >= UINT32_MAX/group > UINT32_MAX/
