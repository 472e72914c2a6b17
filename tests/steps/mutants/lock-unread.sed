# step: step5-cgroup
# what: a sweep takes the cgroup of a run that lives for a dead one
# tests: brick:cgroup
s/TRY_AS\("lock it, unless its owner lives", flock\(fd, LOCK_EX \| LOCK_NB\)/TRY_AS("lock it, unless its owner lives", 0/
