# step: step5-cgroup
# what: processes that can't be moved are skipped silently
s/if \(strcmp\(pid, "0"\) == 0\)/if (0)/
