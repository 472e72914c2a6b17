# file: life/store.c
# what: other users can search a container's directory
# tests: box-store.bats another user of
s/store, name, 0700\)/store, name, 0711)/
s/"spare", 0700\)/"spare", 0711)/
