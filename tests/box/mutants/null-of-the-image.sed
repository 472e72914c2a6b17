# file: bricks/dev.c
# what: box keeps ROOTFS's own /dev, with what it contains
# tests: box-cve.bats CVE-2025-(31133|52565)
s/mount_at\(c, &writable, place\) == -1 \?/(void)place, false ?/
