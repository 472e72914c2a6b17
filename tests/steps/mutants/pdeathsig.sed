# step: step1-pid
# what: nothing ends the container when the program is killed
s/int armed = prctl\(PR_SET_PDEATHSIG, SIGKILL\)/int armed = 0/
