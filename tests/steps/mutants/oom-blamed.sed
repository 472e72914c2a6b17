# step: step5-cgroup
# what: every end is blamed on memory
# tests: brick:cgroup
s/strlen\("oom_kill "\)\) > 0/strlen("oom_kill ")) >= 0/
