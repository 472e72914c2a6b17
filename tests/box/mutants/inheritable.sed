# file: bricks/caps.c
# what: the inheritable capability set is filled
# tests: box-cve.bats CVE-2022-29162
s/\(\(wanted->inheritable & wanted->bounding\) >> 32 \* i\)/(wanted->permitted >> 32 * i)/
