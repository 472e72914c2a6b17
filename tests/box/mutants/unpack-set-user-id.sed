# file: unpack/tree.c
# what: a file that could not be given to its owner keeps its set-user-ID bit
# tests: box-unpack.bats ordinary user keeps
s/07777 : 01777/07777 : 07777/
