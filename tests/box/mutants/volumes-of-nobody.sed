# file: bricks/mounts.c
# what: volumes are opened inside, where the container's root is nobody on the host
# tests: box-rootless.bats only root may enter
s/if \(!count \|\| !may_mount\(\)\)/if (count < 1000 || !may_mount())/
