# file: cgroup.c
# what: a cgroup that was there already is removed
# tests: box-store.bats a cgroup that
s/ && !c->spec && / \&\& /
