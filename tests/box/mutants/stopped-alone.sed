# file: container.c
# what: Ctrl-Z stops box, and the container goes on
# tests: box-terminal.bats Ctrl-Z leaves nobody
s/tell_group\(c, c->spec->init \? SIGTSTP : SIGSTOP\);//
