# file: streams.c
# what: without the terminal brick, -t passes the caller's terminal in
# tests: box-terminal.bats less of a wall
s/if \(c->spec->tty && with\(c, "terminal"\)\)/if (c->spec->tty)/
