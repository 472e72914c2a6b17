# file: bricks/caps.c
# what: the inheritable capability set is filled
# tests: box-cve.bats CVE-2022-29162
s/sets\[i\]\.effective = sets\[i\]\.permitted =/sets[i].inheritable = sets[i].effective = sets[i].permitted =/
