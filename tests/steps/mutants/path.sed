# step: step3-mount
# what: the command is looked up in the caller's PATH
s/\tsetenv\("PATH", "[^"]*", 1\);//
