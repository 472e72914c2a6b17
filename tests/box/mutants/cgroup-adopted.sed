# file: bricks/cgroup.c
# what: box uses a cgroup that exists already
# tests: box-store.bats a cgroup that
s/(0755\)", path\) == -1)\)/\1 \&\& errno != EEXIST)/
