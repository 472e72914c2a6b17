# step: step1-pid
# what: the shell inside gets the caller's prompt
s/setenv\("PS1", prompt, 1\)/(void)prompt/
