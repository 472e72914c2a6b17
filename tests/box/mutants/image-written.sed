# file: oci/image.c
# what: --write-through changes an image for all of its containers
# tests: box-image.bats stays out of its image
s/if \(s->own\.write_through \|\| !with\(s, "overlay"\)\)/if (!with(s, "overlay"))/
