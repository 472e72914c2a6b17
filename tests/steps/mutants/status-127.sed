# step: step1-pid
# what: a command that is not there is one that can not be run
s/errno == ENOENT \? 127 : 126/126/
