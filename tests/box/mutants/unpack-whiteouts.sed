# file: unpack/tree.c
# what: a whiteout hides what its own layer has created
# tests: box-unpack.bats whiteouts hide
s/if \(is_own\(t, inode, name\) \|\| unlinkat/if ((false \&\& is_own(t, inode, name)) || unlinkat/
