# file: record.c
# what: a copy of a record speaks for the container
# tests: box-store.bats a copy of
s/inode_of\(directory\) == \(uint64_t\)inode \? pid : 0/pid/
