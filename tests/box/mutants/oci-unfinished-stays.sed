# file: oci/life.c
# what: delete --force forgets a container whose creation was killed
# tests: ../oci/oci.bats killed before it could write
s/store_remove_unfinished\(words\[0\]\);//
