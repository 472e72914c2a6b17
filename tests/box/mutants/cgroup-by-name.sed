# file: cgroup.c
# what: a cgroup belongs to a name
# tests: box-store.bats two BOX_ROOTs
s/fstat\(c->directory, &it\);//
