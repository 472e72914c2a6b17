# step: step4-pivot
# what: the bind mount leaves out the mounts below ROOTFS
s/mount\(c->rootfs, c->rootfs, NULL, MS_BIND \| MS_REC, NULL\)/mount(c->rootfs, c->rootfs, NULL, MS_BIND, NULL)/
