# file: store.c
# what: whoever may write to BOX_ROOT makes the directory of root's next container
# tests: box-life.bats ready
s/it.st_uid != geteuid\(\) \|\| //g
