# file: life/store.c
# what: a container's files are kept for the next one
# tests: box-life.bats the next container finds nothing
s/(is_empty\(upper\) \? 0 :) remove_tree\(directory, "upper"\)/\1 directory < 0/
