# step: step5-cgroup
# what: processes that can not be moved are passed over in silence
s/if \(strcmp\(pid, "0"\) == 0\)/if (0)/
