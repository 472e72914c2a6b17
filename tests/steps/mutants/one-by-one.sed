# step: step5-cgroup
# what: controllers are enabled one at a time
# tests: mutant:one-by-one
s/put\(("enable[^"]*", root, "cgroup.subtree_control",\s*)"\+cpu \+memory \+pids"\) == -1/put(\1"+cpu") == -1 || put(\1"+memory") == -1 || put(\1"+pids") == -1/
