# step: step1-pid
# what: the container is asked to end when the program is killed: PID 1 ignores that
s/int armed = prctl\(PR_SET_PDEATHSIG, SIGKILL\)/int armed = prctl(PR_SET_PDEATHSIG, SIGTERM)/
