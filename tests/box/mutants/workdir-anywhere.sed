# file: bricks/caps.c
# what: the working directory is not checked, and the host's descriptors stay open
# tests: box-cve.bats CVE-2024-21626
s/(int close_inside\(struct container \*c\)\n\{\n)/\1\treturn syscall(SYS_close_range, 3, ~0u, 4);\n/
s/if \(!getcwd\(path, sizeof path\) \|\| \*path != '\/'\)/if (!*getcwd(path, sizeof path) \&\& false)/
