# step: step4-pivot
# what: the old root is not detached
s/DO\("let go of the host.s tree[^;]*;/;/
