# step: step5-cgroup
# what: an OOM kill is told from the second on
# tests: brick:cgroup
s/strlen\("oom_kill "\)\) > 0/strlen("oom_kill ")) > 1/
