# file: slirp.c
# what: the network's program does not die with box
# tests: box-rootless.bats though it was killed
s/prctl\(PR_SET_PDEATHSIG, SIGKILL\);//
