# step: step3-mount
# what: only root can use /tmp
s/"mode=1777"/"mode=755"/
