# file: unpack/main.c
# what: box prune removes what is not an image
# tests: box-image.bats prune removes images
s/const bool ours = [^;]*;/const bool ours = !left || entry->d_name[1] > 57;/
