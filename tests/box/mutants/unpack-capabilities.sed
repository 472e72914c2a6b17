# file: unpack/confine.c
# what: the process that reads the image keeps all capabilities
# tests: box-unpack.bats process that reads
s/sets\[i\]\.permitted &= /(void)/
