# file: life/store.c
# what: a directory without a marker is taken for a container
# tests: box-store.bats other people
s/!is_ours\(fd\)/!is_ours(fd) \&\& false/
