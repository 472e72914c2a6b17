# file: container.c
# what: Ctrl-C is told PID 1 alone
# tests: box-terminal.bats Ctrl-C is the command
s/kill\(-c->pid, number\), "kill/kill(c->pid, number), "kill/
