# steps: 3
# what: /dev is ROOTFS's: the files are made there
# hint: tmpfs
s/\tDO\("make an empty \/dev"[^;]*;\n//
