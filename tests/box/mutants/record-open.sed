# file: record.c
# what: others may read the record
# tests: box-store.bats another user of
s/O_CLOEXEC, 0600\)/O_CLOEXEC, 0644)/
