# step: step1-pid
# what: the container has no parent-death signal
s/int armed = prctl\(PR_SET_PDEATHSIG, SIGKILL\)/int armed = 0/
