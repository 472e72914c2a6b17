# file: store.c
# what: others may write where the marker lies
# tests: box-store.bats other people
s/it.st_uid != geteuid\(\) \|\| it.st_mode & \(S_IWGRP \| S_IWOTH\)/it.st_uid != geteuid()/
