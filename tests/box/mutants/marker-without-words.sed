# file: store.c
# what: any file is a marker
# tests: box-store.bats other people
s/memcmp\(text, magic, sizeof magic - 1\) == 0/*text/
