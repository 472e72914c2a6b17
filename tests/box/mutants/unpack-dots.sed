# file: unpack/tree.c
# what: box unpack takes names that contain ..
# tests: box-unpack.bats no member leaves
s/length == 2 && strncmp/false \&\& strncmp/
