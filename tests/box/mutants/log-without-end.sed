# file: bricks/log.c
# what: a log grows for ever
# tests: box-life.bats the log has a limit
s/\(uint64_t\)it.st_size < c->spec->own.log_size/it.st_size >= 0/
