# step: step1-pid
# what: no Ctrl-C ends a PID 1 that has no handler
# tests: mutant:ctrl-c
s/else if \(presses\+\+ > 0/else if (presses++ < 0/
