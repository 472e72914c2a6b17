# step: step1-pid
# what: POLLHUP on the handshake pipe is ignored
# tests: mutant:pollhup
s/if \(host\.revents & POLLHUP\)/if (0)/
