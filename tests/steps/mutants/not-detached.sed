# step: step4-pivot
# what: the old root is not detached
s/DO\("unmount the host.s tree[^;]*;/;/
