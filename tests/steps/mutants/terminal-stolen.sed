# step: step1-pid
# what: the terminal is taken back from a process group that still runs
# tests: mutant:stolen
s/kill\(-holder, 0\) == -1 && errno == ESRCH/1/
