# step: step2-uts
# what: without a UTS namespace, the host's name is changed
s/flags \|= CLONE_NEWUTS/flags |= 0/
