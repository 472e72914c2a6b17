# step: step5-cgroup
# what: a leaf cgroup left by an earlier run is an error
# tests: brick:evacuate
s/ && errno != EEXIST\)/)/
