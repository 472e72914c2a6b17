# step: step1-pid
# what: Ctrl-Z stops only the host's side
# tests: mutant:ctrl-z
s/kill\(child, SIGSTOP\)/0/
