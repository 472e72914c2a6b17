# file: state.c
# what: what a container wrote stays in the spare directory, until the next one's box removes it
# tests: box-life.bats the next container finds nothing
s/\(!empty && remove_tree\(c->directory, "upper"\) == -1\)/(empty \&\& false)/
s/empty \? RENAME_EXCHANGE : RENAME_NOREPLACE/RENAME_EXCHANGE/
