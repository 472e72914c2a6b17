# file: life/store.c
# what: BOX_ROOT may be writable by other users
# tests: box-store.bats a BOX_ROOT of
s/if \(it.st_mode & \(S_IWGRP \| S_IWOTH\)\)\n/if (false)\n/
