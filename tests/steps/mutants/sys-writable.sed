# step: step3-mount
# what: /sys can be written to
s/unsigned long flags = MS_RDONLY \| /unsigned long flags = /
