# file: bricks/log.c
# what: other users can read the log
# tests: box-store.bats another user of
s/O_CLOEXEC, 0600\)/O_CLOEXEC, 0644)/
