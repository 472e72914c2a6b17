# steps: 4
# what: the old root is unmounted while it is busy
# hint: MNT_DETACH|unmount
s/umount2\("\/tmp", MNT_DETACH\)/umount2("\/tmp", 0)/
