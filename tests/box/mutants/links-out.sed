# file: bricks/mount.c
# what: a mount point is resolved from the host's root, so symbolic links lead out of ROOTFS
# tests: box-cve.bats CVE-2021-30465
s/(struct open_how how = \{ \.flags = flags \| O_CLOEXEC, \.resolve = )resolve \};/\1resolve \& ~RESOLVE_IN_ROOT };\n\tchar all[PATH_MAX] = ".";\n\tif (*path == '\/')\n\t\tpath = strncat(all, path, sizeof all - 2);/
