# file: unpack/image.c
# what: an image of docker save has only its whole name
# tests: box-unpack.bats tar, and a tar of docker save
s/colon && strcmp\(colon \+ 1, tag\) == 0/colon \&\& false/
