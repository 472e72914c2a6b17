# file: unpack/image.c
# what: the digest that is the name of the config is not compared
# tests: box-unpack.bats tar, and a tar of docker save
s/read_json\(u, file, &digest, 0, e\)/read_json(u, file, NULL, 0, e)/
