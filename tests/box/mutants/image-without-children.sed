# file: cli/main.c
# what: a caller that ignores the ends of its children makes box lose that of box-unpack
# tests: box-image.bats ignores the ends
s/signal\(SIGCHLD, SIG_DFL\);//
