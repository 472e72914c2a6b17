# step: step1-pid
# what: the first Ctrl-C ends a PID 1 that has no handler
s/presses\+\+ > 0 && //
