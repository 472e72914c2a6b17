# step: step4-pivot
# what: what is mounted below ROOTFS stays behind
s/mount\(c->rootfs, c->rootfs, NULL, MS_BIND \| MS_REC, NULL\)/mount(c->rootfs, c->rootfs, NULL, MS_BIND, NULL)/
