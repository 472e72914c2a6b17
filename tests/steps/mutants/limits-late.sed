# step: step5-cgroup
# what: the command may start before it is in its cgroup
# tests: mutant:late-limits
# places: 2
s/(\tif \(with\("cgroup"\)\)\n\t\tjoin_cgroup\(\);\n)(\tgive_go\(\);\n)/\2\1/
