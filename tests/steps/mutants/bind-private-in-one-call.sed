# step: step4-pivot
# what: MS_BIND | MS_PRIVATE in one call: the kernel ignores MS_PRIVATE
# places: 2
s/DO\("keep our mounts to ourselves", mount\([^)]*\)\);(.*)mount\(c->rootfs, c->rootfs, NULL, MS_BIND \| MS_REC, NULL\)/(void)0;\1mount(c->rootfs, c->rootfs, NULL, MS_BIND | MS_REC | MS_PRIVATE, NULL)/
