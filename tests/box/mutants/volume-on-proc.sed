# file: bricks/mounts.c
# what: a volume may be mounted over a part of /proc
# tests: box-cve.bats CVE-2019-16884
s/is_on\(place, PROC_SUPER_MAGIC\)/false/
