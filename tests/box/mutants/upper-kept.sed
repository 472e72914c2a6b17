# file: state.c
# what: what a container wrote stays until the next one runs
# tests: box-life.bats the next container finds nothing
s/remove_tree\(c->directory, "upper"\) == -1\)\)/false))/
