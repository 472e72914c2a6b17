# step: step5-cgroup
# what: the cgroup namespace is created before the process joins the cgroup
# tests: brick:cgroupns
# places: 2
s/DO\("see our cgroup as the root", unshare\(CLONE_NEWCGROUP\)\);(.*)flags \|= CLONE_NEWUTS;/(void)0;\1flags |= CLONE_NEWUTS | CLONE_NEWCGROUP;/
