# steps: 1
# what: unshare(CLONE_NEWPID) inside, and no fork: the caller keeps its PID
# hint: CLONE_NEWPID|PID namespace
# places: 2
s/(\n\t\/\* Borrowed)/\n\tunshare(CLONE_NEWPID);\1/; s/flags \|= CLONE_NEWPID/flags |= 0/
