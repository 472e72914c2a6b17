# file: bricks/overlay.c
# what: a remount makes the root read-only, and clears nosuid
# tests: box-rootless.bats flags that the host
s/set_read_only\(c, "[^"]*", c->tree\)/DO(\&c->error, "x", mount(NULL, ".", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL))/
