# step: step1-pid
# what: for a command killed by signal N, the exit status is N
s/128 \+ WTERMSIG/WTERMSIG/
