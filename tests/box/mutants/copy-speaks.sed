# file: life/record.c
# what: a copy of a record is taken for the container's own
# tests: box-store.bats a copy of
s/inode_of\(directory\) == \(uint64_t\)inode \? pid : 0/pid/
