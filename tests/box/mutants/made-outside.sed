# file: bricks/mount.c
# what: missing components of a path are created where symbolic links lead
# tests: box-cve.bats CVE-2024-45310: what is
s/parent = resolve\(c->tree, part, O_PATH \| O_DIRECTORY, RESOLVE_IN_ROOT\);/parent = openat(c->tree, *part == '\/' \&\& !part[1] ? "." : part + 1, O_PATH | O_DIRECTORY | O_CLOEXEC);/
