# file: life/record.c
# what: other users can read the record
# tests: box-store.bats another user of
s/O_CLOEXEC, 0600\)/O_CLOEXEC, 0644)/
