# step: step1-pid
# what: the exit status of a command that signal N killed is N
s/128 \+ WTERMSIG/WTERMSIG/
