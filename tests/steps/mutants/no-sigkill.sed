# step: step1-pid
# what: a command that ignores SIGTERM lives on
s/kill\(c->pid, SIGKILL\)/kill(c->pid, SIGTERM)/
