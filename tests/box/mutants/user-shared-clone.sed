# file: bricks/user.c
# what: the ID-mapped mount of ROOTFS stays in the host's peer group
# tests: box-rootless.bats write-through: root inside
s/, \.propagation = MS_PRIVATE//
