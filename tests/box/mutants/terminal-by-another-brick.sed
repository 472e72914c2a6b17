# file: bricks/streams.c
# what: without the terminal brick, -t passes the caller's terminal in
# tests: box-terminal.bats bricks left out
s/if \(c->spec->process.terminal && with\(c->spec, "terminal"\)\)/if (c->spec->process.terminal)/
