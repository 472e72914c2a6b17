# step: step5-cgroup
# what: the container's memory may be swapped out
# tests: mutant:swap
s/"memory\.swap\.max", "0"/"memory.swap.max", "max"/
