# step: step3-mount
# what: a directory is made in ROOTFS, towards a target that is missing
s/complain\("ROOTFS has no/mkdir(strndupa(target + 1, strrchr(target, '\/') - target - 1), 0755), complain("ROOTFS has no/
