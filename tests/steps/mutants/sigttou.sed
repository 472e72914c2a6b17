# step: step1-pid
# what: taking the terminal back stops us, because SIGTTOU is not blocked
# tests: mutant:terminal
s/SIGTTIN, SIGTTOU \};/SIGTTIN };/
