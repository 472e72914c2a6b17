# step: step5-cgroup
# what: what a killed program left is never swept
s/\tsweep\(root\);\n/\t(void)sweep;\n/
