# file: oci/image.c
# what: an image gets a variable of the host by naming it
# tests: box-image.bats gets no variable
s/strings_of\(env, "="\)/strings_of(env, "")/
