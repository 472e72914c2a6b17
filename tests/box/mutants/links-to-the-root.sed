# file: bricks/mount.c
# what: a link that leads nowhere is followed from the root directory, wherever it is
# tests: ../oci/oci.bats a mount on a link
s/\*leads == '\/' \? 0 : \(int\)\(name - path\)/0/
