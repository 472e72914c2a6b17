# step: step1-pid
# what: the parent-death signal is SIGTERM, which PID 1 ignores
s/int armed = prctl\(PR_SET_PDEATHSIG, SIGKILL\)/int armed = prctl(PR_SET_PDEATHSIG, SIGTERM)/
