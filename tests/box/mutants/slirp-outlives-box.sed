# file: bricks/slirp.c
# what: slirp4netns or pasta keeps running when box dies
# tests: box-rootless.bats though it was killed
s/prctl\(PR_SET_PDEATHSIG, SIGKILL\);//
