# file: record.c
# what: what lies there instead of a record holds box up
# tests: box-store.bats a record that
s/O_NOFOLLOW \| O_NONBLOCK/O_NOFOLLOW/
