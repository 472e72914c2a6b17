# file: main.c
# what: box runs as its own file, which a container's root may write
# tests: box-cve.bats CVE-2019-5736
s/seal\(argv, &e\) == 0/true/
