# step: step5-cgroup
# what: the command may run before it is in its cgroup
# tests: mutant:late-limits
# places: 2
s/(\tif \(with\("cgroup"\)\)\n\t\tjoin_cgroup\(c\);\n)(\tgive_go\(c\);\n)/\2\1/
