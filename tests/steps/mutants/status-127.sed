# step: step1-pid
# what: a command that does not exist is reported as one that can't be executed
s/errno == ENOENT \? 127 : 126/126/
