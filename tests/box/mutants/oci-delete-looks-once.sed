# file: oci/life.c
# what: delete --force does not look again when it has waited for create
# tests: ../oci/oci.bats comes during create
s/if \(store_get\(words\[0\], &state, e\) == -1\)(\n\t\t\treturn 0)/\1/
