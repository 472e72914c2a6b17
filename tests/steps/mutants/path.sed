# step: step3-mount
# what: the command is looked for on the caller's PATH
s/\tsetenv\("PATH", "[^"]*", 1\);//
