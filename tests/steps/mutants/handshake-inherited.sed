# step: step1-pid
# what: the command inherits the handshake pipe
s/pipe2\(go, O_CLOEXEC\)/pipe2(go, 0)/
