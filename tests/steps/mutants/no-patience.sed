# step: step1-pid
# what: SIGKILL is sent at once, not after a second
s/DO\("give the container a second to end", alarm\(1\)\)/raise(SIGALRM)/
