# file: streams.c
# what: a terminal of the caller's goes in as it is
# tests: box-terminal.bats without -t a container
s/S_ISCHR\(it->st_mode\) &&/S_ISFIFO(it->st_mode) \&\&/
