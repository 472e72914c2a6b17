# step: step3-mount
# what: what is mounted below a volume's SRC is missing
s/mount\(v->src, target, NULL, MS_BIND \| MS_REC, NULL\)/mount(v->src, target, NULL, MS_BIND, NULL)/
