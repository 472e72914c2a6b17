# file: bricks/mount.c
# what: proc, sys and dev are mounted where a symbolic link leads
# tests: box-cve.bats CVE-2019-19921
s/RESOLVE_IN_ROOT \| RESOLVE_NO_SYMLINKS/RESOLVE_IN_ROOT/g
