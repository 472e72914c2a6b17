# step: step1-pid
# what: the terminal is taken back, and that stops us
# tests: mutant:terminal
s/SIGTTIN, SIGTTOU \};/SIGTTIN };/
