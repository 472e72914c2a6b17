unshare --mount bash <<'END'
rootfs=$PWD/build/rootfs; mount --bind $rootfs $rootfs
cd /usr
pivot_root $rootfs $rootfs/mnt
cd /
hash -r; umount -l /mnt
ls -d ../boot
END
