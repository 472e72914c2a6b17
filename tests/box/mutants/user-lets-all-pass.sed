# file: bricks/user.c
# what: with a user namespace, other users can search a container's directory
# tests: box-rootless.bats userns auto, and
s/0710/0711/
