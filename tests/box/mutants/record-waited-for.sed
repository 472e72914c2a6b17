# file: life/record.c
# what: box blocks on a FIFO in place of a record
# tests: box-store.bats a record that
s/O_NOFOLLOW \| O_NONBLOCK/O_NOFOLLOW/
