# file: store.c
# what: a directory on its way is never swept
# tests: box-store.bats on its way
s/strncmp\(entry->d_name, NEW, strlen\(NEW\)\) == 0/false/
