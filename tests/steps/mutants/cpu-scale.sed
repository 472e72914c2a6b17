# step: step5-cgroup
# what: ten times the CPU time that was asked for
# tests: brick:cgroup
s/8192, 100000 \}/8192, 1000000 }/
