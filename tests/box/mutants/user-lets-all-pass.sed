# file: user.c
# what: with a user namespace others may pass through the directory of a container
# tests: box-rootless.bats userns auto, and
s/0710/0711/
