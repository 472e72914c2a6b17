# steps: 5v
# tests: brick:cgroup
# what: nobody is put into the cgroup
# hint: cgroup\.procs|into its cgroup
s/\tif \(with\("cgroup"\)\)\n\t\tjoin_cgroup\(\);\n//
