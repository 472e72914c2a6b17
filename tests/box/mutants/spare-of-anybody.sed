# file: life/store.c
# what: a spare directory that another user created in BOX_ROOT is used for root's next container
# tests: box-life.bats ready
s/it.st_uid != geteuid\(\) \|\| //g
