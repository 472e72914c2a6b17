# file: life/store.c
# what: BOX_ROOT may belong to another user
# tests: box-store.bats a BOX_ROOT of
s/if \(it.st_uid != geteuid\(\)\)/if (false)/
