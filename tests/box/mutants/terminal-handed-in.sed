# file: bricks/streams.c
# what: the caller's terminal is passed in unchanged
# tests: box-terminal.bats without -t a container
s/S_ISCHR\(it->st_mode\) &&/S_ISFIFO(it->st_mode) \&\&/
