# steps: 3
# what: it stands in ROOTFS, and / is the host's
# hint: chroot
s/if \(with\("chroot"\)\)/if (0)/
