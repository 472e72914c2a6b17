# step: step3-mount
# what: a link in ROOTFS leads a volume outside
s/\.resolve = RESOLVE_IN_ROOT/.resolve = 0/
