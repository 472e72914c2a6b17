# file: oci/image.c
# what: without a tag, the last of several images runs
# tests: box-image.bats unpacked once
s/count == 1/count >= 1/
