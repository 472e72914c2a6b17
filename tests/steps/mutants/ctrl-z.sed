# step: step1-pid
# what: Ctrl-Z stops the host side alone
# tests: mutant:ctrl-z
s/kill\(child, SIGSTOP\)/0/
