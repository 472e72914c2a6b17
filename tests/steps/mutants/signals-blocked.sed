# step: step1-pid
# what: the command starts with signals blocked
s/sigprocmask\(SIG_SETMASK, &blocked_before, NULL\)/0/
