# step: step1-pid
# what: the command inherits the handshake's pipe
s/pipe2\(go, O_CLOEXEC\)/pipe2(go, 0)/
