# file: life/store.c
# what: a record that can't be read is removed
# tests: box-store.bats a record that
s/\(found == -1 && errno != ENOENT\) \|\| //
