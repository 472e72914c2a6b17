# steps: 4
# what: the old root is unmounted while it is busy
# hint: MNT_DETACH|let go
s/umount2\("\/tmp", MNT_DETACH\)/umount2("\/tmp", 0)/
