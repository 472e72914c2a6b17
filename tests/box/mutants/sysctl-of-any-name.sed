# file: bricks/pid.c
# what: --sysctl accepts every name
# tests: box-cve.bats CVE-2025-52881
s/!is_its_own\(/false \&\& !is_its_own(/
