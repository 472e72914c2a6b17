# file: oci/image.c
# what: the user of the image comes before that of -u
# tests: box-image.bats what the command line says comes first
s/if \(s->process\.user\)\n\t\treturn;//
