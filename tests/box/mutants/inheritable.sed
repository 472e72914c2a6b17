# file: caps.c
# what: capabilities are handed down
# tests: box-cve.bats CVE-2022-29162
s/sets\[i\]\.effective = sets\[i\]\.permitted =/sets[i].inheritable = sets[i].effective = sets[i].permitted =/
