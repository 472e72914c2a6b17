# step: step3-mount
# what: a directory is made in ROOTFS, towards a target that is missing
s/(\tif \(fd == -1\)\n\t\t)fail\(/\1mkdir(strndupa(dst + 1, strrchr(dst, '\/') - dst - 1), 0755), fail(/
