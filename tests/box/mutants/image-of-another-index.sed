# file: unpack/image.c
# what: an index.json that changes between two looks gives another image the name of the first
# tests: box-image.bats changes between two looks
s/if \(u->digest && indexes == 0/if (false \&\& u->digest \&\& indexes == 0/
