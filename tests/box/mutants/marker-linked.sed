# file: life/store.c
# what: a symbolic link is accepted as a marker
# tests: box-store.bats other people
s/MARKER, O_RDONLY \| O_NOFOLLOW/MARKER, O_RDONLY/
