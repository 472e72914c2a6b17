# file: bricks/mask.c
# what: directories of secrets are not covered
# tests: box-bricks.bats mask: the kernel
s/if \(SHOW\(&c->error, "cover it", mount\(source/if (false \&\& SHOW(\&c->error, "cover it", mount(source/
