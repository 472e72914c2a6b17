# step: step2-uts
# what: the host's name is set: no namespace
s/flags \|= CLONE_NEWUTS/flags |= 0/
