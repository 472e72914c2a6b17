# file: oci/image.c
# what: a COMMAND replaces the entrypoint, too
# tests: box-image.bats what the command line says comes first
s/if \(!entrypoint\)\n/if (!entrypoint \&\& !*command)\n/
