# file: life/store.c
# what: a hard link is accepted as a marker
# tests: box-store.bats other people
s/ \|\| it.st_nlink != 1//
