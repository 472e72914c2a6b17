# file: bricks/profile.c
# what: of two rules for a call, the one that allows any arguments wins
# tests: box-terminal.bats filter refuses
s/a->tail\[theirs\] = tail;/a->tail[theirs] = allowed ? NO_TAIL : tail;/
