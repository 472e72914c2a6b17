# steps: 5v
# tests: brick:cgroup
# what: the number of processes is not limited
# hint: pids\.max|set a limit
s/"pids\.max", "0123456789"/"pids.min", "0123456789"/
