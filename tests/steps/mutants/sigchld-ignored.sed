# step: step1-pid
# what: a SIGCHLD that the caller ignored stays ignored
s/sigaction\(SIGCHLD, &by_default, &sigchld_before\)/sigaction(SIGCHLD, NULL, \&sigchld_before)/
