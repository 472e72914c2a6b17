# steps: 4
# what: ROOTFS is not a mount point
# hint: mount point
s/if \(with\("bind"\)\)/if (0)/
