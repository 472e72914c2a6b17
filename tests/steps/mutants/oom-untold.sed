# step: step5-cgroup
# what: the first OOM kill is not reported
# tests: brick:cgroup
s/strlen\("oom_kill "\)\) > 0/strlen("oom_kill ")) > 1/
