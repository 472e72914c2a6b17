# file: streams.c
# what: the container stays in its caller's session, and can open the caller's terminal as /dev/tty
# tests: box-terminal.bats less of a wall
s/MAY\("lead a session[^;]*;//
