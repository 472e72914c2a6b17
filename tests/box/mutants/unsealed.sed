# file: cli/main.c
# what: box runs from its own file, which root in a container may overwrite
# tests: box-cve.bats CVE-2019-5736
s/seal\(argv, &e\) == 0/true/
