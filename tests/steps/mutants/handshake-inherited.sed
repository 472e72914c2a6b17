# step: step1-pid
# what: the command inherits the handshake's pipe
s/pipe2\(c->go, O_CLOEXEC\)/pipe2(c->go, 0)/
