# file: unpack/image.c
# what: without a tag, the last of several images of docker save is unpacked
# tests: box-unpack.bats several images in a tar
s/!u->tag && json_array_size\(all\) == 1/!u->tag/
