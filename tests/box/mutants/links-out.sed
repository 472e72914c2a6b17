# file: mount.c
# what: a place to mount on is found by the host's root, and links lead there
# tests: box-cve.bats CVE-2021-30465
s/(struct open_how how = \{ \.flags = flags \| O_CLOEXEC, \.resolve = )resolve \};/\1resolve \& ~RESOLVE_IN_ROOT };\n\tchar all[PATH_MAX] = ".";\n\tif (*path == '\/')\n\t\tpath = strncat(all, path, sizeof all - 2);/
