# steps: 1 2 3 4 5 6
# what: no PID namespace
# hint: CLONE_NEWPID
s/flags \|= CLONE_NEWPID/flags |= 0/
