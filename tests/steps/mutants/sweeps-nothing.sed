# step: step5-cgroup
# what: what a killed program left is never swept
s/owner == getpid\(\) \|\| \(kill\(owner, 0\) == -1 && errno == ESRCH\)/owner == getpid()/
