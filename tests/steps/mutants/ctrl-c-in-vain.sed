# step: step1-pid
# what: repeated Ctrl-C never ends a PID 1 that has no handler
# tests: mutant:ctrl-c
s/else if \(presses\+\+ > 0/else if (presses++ < 0/
