# file: bricks/etc.c
# what: with --read-only, /etc/hosts and the like are still writable
# tests: box-bricks.bats what can be written all the same
s/bind_on\(c, file, place, c->spec->read_only\)/bind_on(c, file, place, false)/
