# file: oci/image.c
# what: box-unpack goes on when its box has been killed
# tests: box-image.bats a signal to box
s/prctl\(PR_SET_PDEATHSIG, SIGTERM\);//
