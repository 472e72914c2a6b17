# step: step5-cgroup
# what: leftovers of a killed program are never swept
s/\tsweep\(root\);\n/\t(void)sweep;\n/
