# file: store.c
# what: a marker may be a link to one
# tests: box-store.bats other people
s/MARKER, O_RDONLY \| O_NOFOLLOW/MARKER, O_RDONLY/
