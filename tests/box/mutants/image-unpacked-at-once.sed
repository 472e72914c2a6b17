# file: oci/image.c
# what: boxes that start at once unpack the same image at once
# tests: box-image.bats ten containers at once
s/if \(lock_file\(images, 0\) == -1\)/if (images == -1)/
