# step: step5-cgroup
# what: the cgroup is left behind
s/atexit\(sweep\);//
