# file: unpack/layer.c
# what: box unpack does not compare the digests of the layers' contents
# tests: box-unpack.bats a byte that has changed
s/return strcmp\(found\.hex, expected->hex\) == 0 \?/return true ?/
