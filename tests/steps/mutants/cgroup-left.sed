# step: step5-cgroup
# what: the cgroup is left behind
s/\tatexit\(remove_cgroup\);\n/\t(void)remove_cgroup;\n/
