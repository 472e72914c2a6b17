# file: unpack/image.c
# what: a tar of docker save that changes between two looks gives another image the name of the first
# tests: box-image.bats changes between two looks
s/u->digest && strcmp\(u->digest, digest\.hex\)/false \&\& strcmp(u->digest, digest.hex)/
