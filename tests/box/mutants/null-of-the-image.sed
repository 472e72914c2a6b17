# file: bricks/dev.c
# what: box keeps ROOTFS's own /dev, with what it contains
# tests: box-cve.bats CVE-2025-(31133|52565)
s/mount_on\(c, "tmpfs", "dev", MS_NOSUID \| MS_NOEXEC, "mode=755,size=64m"\) == -1/false/
s/if \(errno != EPERM\)/if (errno == EEXIST)\n\t\treturn 0;\n\tif (errno != EPERM)/
s/mkdir\("dev\/(pts|shm|mqueue)", (0[0-9]+)\)/(mkdir("dev\/\1", \2) == -1 \&\& errno != EEXIST ? -1 : 0)/g
s/symlink\(links\[i\]\[0\], links\[i\]\[1\]\),/(symlink(links[i][0], links[i][1]) == -1 \&\& errno != EEXIST ? -1 : 0),/
