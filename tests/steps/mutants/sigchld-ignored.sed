# step: step1-pid
# what: SIGCHLD stays ignored if the caller ignored it
s/sigaction\(SIGCHLD, &by_default, &sigchld_before\)/sigaction(SIGCHLD, NULL, \&sigchld_before)/
