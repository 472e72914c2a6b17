# step: step1-pid
# what: propagation is left shared
s/DO\("keep our mounts to ourselves", mount\([^)]*\)\);/(void)0;/
