# file: oci/process.c
# what: a terminal has as many lines as it should have columns
# tests: ../oci/oci.bats a terminal has the size
s/size\.rows/size.was/; s/size\.columns/size.rows/; s/size\.was/size.columns/
