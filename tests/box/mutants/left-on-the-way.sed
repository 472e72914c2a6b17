# file: life/store.c
# what: an unfinished container directory is never swept
# tests: box-store.bats on its way
s/strncmp\(entry->d_name, NEW, strlen\(NEW\)\) == 0/false/
