# step: step1-pid
# what: every exit status is 0 or 1
s/: WEXITSTATUS\(status\)/: WEXITSTATUS(status) != 0/
