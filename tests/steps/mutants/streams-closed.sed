# step: step1-pid
# what: the handshake pipe takes the number of a closed stdin
# tests: mutant:streams
s/if \(fcntl\(fd, F_GETFD\) == -1\)/if (0)/
