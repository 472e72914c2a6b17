# step: step1-pid
# what: a SIGCHLD that the caller ignored stays ignored
s/signal\(SIGCHLD, SIG_DFL\) == SIG_ERR \? -1 : 0/0/
