# file: life/seal.c
# what: a sealed box does not know where box-unpack is
# tests: box-image.bats box-unpack is found
s/setenv\(OWN_PATH, path, 1\);/setenv(OWN_PATH, "", 1);/
