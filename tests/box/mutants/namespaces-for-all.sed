# file: bricks/seccomp.json
# what: the filter lets every container create namespaces and mount
# tests: box-cve.bats CVE-2022-0492
s/"names": \["process_vm_readv",/"names": ["unshare", "mount", "process_vm_readv",/
