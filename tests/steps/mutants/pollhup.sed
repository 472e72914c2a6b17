# step: step1-pid
# what: the handshake's POLLHUP is not looked at
# tests: mutant:pollhup
s/if \(host\.revents & POLLHUP\)/if (0)/
