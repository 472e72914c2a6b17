# step: step5-cgroup
# what: the CPU limit is ten times too high
# tests: brick:cgroup
s/8192, 100000 \}/8192, 1000000 }/
