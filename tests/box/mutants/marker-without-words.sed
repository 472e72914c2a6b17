# file: life/store.c
# what: a file with any content is accepted as a marker
# tests: box-store.bats other people
s/memcmp\(text, magic, sizeof magic - 1\) == 0/*text/
