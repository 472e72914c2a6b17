# file: unpack/tree.c
# what: box unpack writes below a symbolic link of the same layer
# tests: box-unpack.bats no member leaves
s/!S_ISLNK\(there\.st_mode\) \|\| !is_own\(t, it\.st_ino, name\) \? 0/true ? 0/
