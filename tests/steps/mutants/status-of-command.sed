# step: step1-pid
# what: the exit status is always 0 or 1
s/: WEXITSTATUS\(status\)/: WEXITSTATUS(status) != 0/
