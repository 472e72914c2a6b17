# file: life/signals.c
# what: Ctrl-C reaches only PID 1
# tests: box-terminal.bats Ctrl-C is the command
s/kill\(-c->pid, number\), "kill/kill(c->pid, number), "kill/
