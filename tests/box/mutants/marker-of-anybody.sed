# file: life/store.c
# what: a marker that belongs to another user is accepted
# tests: box-store.bats other people
s/!S_ISREG\(it.st_mode\) \|\| it.st_uid != geteuid\(\)/!S_ISREG(it.st_mode)/
