# step: step1-pid
# what: the terminal is taken back, and that stops us
s/SIGTTIN, SIGTTOU \};/SIGTTIN };/
