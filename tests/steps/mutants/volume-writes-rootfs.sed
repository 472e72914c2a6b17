# step: step3-mount
# what: a missing target's parent directory is created in ROOTFS
s/(\tif \(fd == -1\)\n\t\t)fail\(/\1mkdir(strndupa(dst + 1, strrchr(dst, '\/') - dst - 1), 0755), fail(/
