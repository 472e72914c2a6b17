# file: life/store.c
# what: other users can write to the directory that contains the marker
# tests: box-store.bats other people
s/it.st_uid != geteuid\(\) \|\| it.st_mode & \(S_IWGRP \| S_IWOTH\)/it.st_uid != geteuid()/
