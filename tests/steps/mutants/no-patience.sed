# step: step1-pid
# what: SIGKILL comes at once, not after a second
s/DO\("give it a second", alarm\(1\)\)/raise(SIGALRM)/
