# step: step5-cgroup
# what: the sweep takes the cgroup of a running container for a leftover
# tests: brick:cgroup
s/TRY_AS\("lock it, unless its owner lives", flock\(fd, LOCK_EX \| LOCK_NB\)/TRY_AS("lock it, unless its owner lives", 0/
