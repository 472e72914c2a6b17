# file: oci/image.c
# what: box-unpack begins if box ended before it asked for a signal at that end
# tests: box-image.bats killed already
s/if \(getppid\(\) != box\)/if (0 \&\& box)/
