# file: profile.c
# what: of two rules, the one that allows a call whatever its arguments wins
# tests: box-terminal.bats filter refuses
s/a->tail\[theirs\] = tail;/a->tail[theirs] = allowed ? NO_TAIL : tail;/
