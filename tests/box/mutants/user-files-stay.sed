# file: life/store.c
# what: files that belong to subordinate IDs are not removed
# tests: box-rootless.bats lies in the caller
s/user_run\(c, forget\) == -1/false/
