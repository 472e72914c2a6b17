# step: step3-mount
# what: the bind mount leaves out the mounts below a volume's SRC
s/mount\(v->src, target, NULL, MS_BIND \| MS_REC, NULL\)/mount(v->src, target, NULL, MS_BIND, NULL)/
