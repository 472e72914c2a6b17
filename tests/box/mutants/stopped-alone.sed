# file: life/signals.c
# what: Ctrl-Z stops box, but not the container
# tests: box-terminal.bats Ctrl-Z leaves nobody
s/tell_group\(c, c->spec->own.init \? SIGTSTP : SIGSTOP\);//
