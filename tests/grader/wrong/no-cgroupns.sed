# steps: 5v
# tests: brick:cgroupns
# what: it sees where the host has put it
# hint: cgroup as the root|CLONE_NEWCGROUP
s/unshare\(CLONE_NEWCGROUP\)/0/
