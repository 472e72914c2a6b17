# file: bricks/cgroup.c
# what: box removes a cgroup that it did not create
# tests: box-store.bats a cgroup that
s/\*c->cgroup \|\| c->spec\)/*c->cgroup)/
