# file: oci/process.c
# what: the umask is always the usual one
# tests: ../oci/oci.bats umask is
s/p->umask = u\.umask & 0777/p->umask = 022/
