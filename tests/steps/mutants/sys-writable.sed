# step: step3-mount
# what: /sys is writable
s/unsigned long flags = MS_RDONLY \| /unsigned long flags = /
