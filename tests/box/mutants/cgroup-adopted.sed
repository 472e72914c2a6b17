# file: cgroup.c
# what: a cgroup that is there already is taken
# tests: box-store.bats a cgroup that
s/(0755\)", path\) == -1)\)/\1 \&\& errno != EEXIST)/
