# file: bricks/streams.c
# what: the container writes to the log itself
# tests: box-life.bats written to .dev.stdout again
s/result = same \?/result = logged ? ((c->given[fd] = fcntl(c->log, F_DUPFD_CLOEXEC, 3)) == -1 ? -1 : 0) : same ?/
