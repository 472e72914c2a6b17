# file: store.c
# what: what a container wrote stays until the next one runs
# tests: box-life.bats the next container finds nothing
s/(is_empty\(upper\) \? 0 :) remove_tree\(directory, "upper"\)/\1 directory < 0/
