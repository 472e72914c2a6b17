# file: cli/mounts.c
# what: the access that --device names is ignored
# tests: box-docker.bats less than all access
s/rule.access = access_of\(access\);/rule.access = ALL_ACCESS;/
