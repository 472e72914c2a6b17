# step: step1-pid
# what: the command starts with signals blocked
s/sigprocmask\(SIG_SETMASK, &c->before, NULL\)/0/
