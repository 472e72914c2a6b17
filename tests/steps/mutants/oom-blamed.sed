# step: step5-cgroup
# what: every exit is reported as an OOM kill
# tests: brick:cgroup
s/strlen\("oom_kill "\)\) > 0/strlen("oom_kill ")) >= 0/
