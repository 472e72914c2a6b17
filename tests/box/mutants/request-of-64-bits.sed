# file: bricks/seccomp.json
# what: the filter compares 64 bits of an ioctl's request, of which the kernel uses 32 (CVE-2019-10063)
# tests: box-terminal.bats filter refuses
s/"value": 4294967295, "valueTwo": (215[23]2), "op": "SCMP_CMP_MASKED_EQ"/"value": \1, "op": "SCMP_CMP_EQ"/g
