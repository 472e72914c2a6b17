# file: streams.c
# what: -t hands the terminal in where the brick that makes another is left out
# tests: box-terminal.bats less of a wall
s/if \(c->spec->tty && with\(c, "terminal"\)\)/if (c->spec->tty)/
