# step: step5-cgroup
# what: a leaf that an earlier run made is an error
# tests: brick:evacuate
s/ && errno != EEXIST\)/)/
