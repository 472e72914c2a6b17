# file: oci/image.c
# what: without a tag, the last of several images of docker save runs, if it is unpacked
# tests: box-image.bats of several images in a tar
s/!tag && json_array_size\(manifest\) == 1/!tag/
