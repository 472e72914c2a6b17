# file: bricks/streams.c
# what: the container stays in its caller's session, and can open the caller's terminal as /dev/tty
# tests: box-terminal.bats bricks left out
s/MAY\("lead a session[^;]*;//
