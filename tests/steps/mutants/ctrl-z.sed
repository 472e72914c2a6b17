# step: step1-pid
# what: Ctrl-Z stops the host side alone
s/kill\(child, SIGSTOP\)/0/
