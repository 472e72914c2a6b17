# file: unpack/main.c
# what: a failed unpack leaves what it has created
# tests: box-unpack.bats no member leaves
s/result == -1 && u->bundle >= 0 && remove_temporary/false \&\& remove_temporary/
