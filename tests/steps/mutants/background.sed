# step: step1-pid
# what: a PID 1 that reads from the terminal in the background spins
# tests: mutant:background
s/SIGTSTP, SIGTTIN, SIGTTOU \};/SIGTSTP, SIGTTOU };/
