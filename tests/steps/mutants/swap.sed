# step: step5-cgroup
# what: memory may move to swap
# tests: mutant:swap
s/"memory\.swap\.max", "0"/"memory.swap.max", "max"/
