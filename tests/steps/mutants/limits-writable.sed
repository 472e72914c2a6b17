# step: step5-cgroup
# what: the limits can be changed from inside
# tests: brick:cgroup
s/(mount\("cgroup2", "sys\/fs\/cgroup", "cgroup2",\s*)MS_RDONLY \| /\1/
