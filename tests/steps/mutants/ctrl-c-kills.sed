# step: step1-pid
# what: the first Ctrl-C ends a PID 1 that has no handler
# tests: mutant:ctrl-c
s/presses\+\+ > 0 && //
