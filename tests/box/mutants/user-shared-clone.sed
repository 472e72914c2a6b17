# file: user.c
# what: ROOTFS's translated mount stays in the host's peer group
# tests: box-rootless.bats write-through: root inside
s/, \.propagation = MS_PRIVATE//
