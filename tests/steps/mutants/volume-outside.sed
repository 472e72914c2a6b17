# step: step3-mount
# what: a symbolic link in ROOTFS leads a volume out of it
s/\.resolve = RESOLVE_IN_ROOT/.resolve = 0/
