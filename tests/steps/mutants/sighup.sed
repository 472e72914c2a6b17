# step: step1-pid
# what: SIGHUP is not forwarded
s/SIGINT, SIGHUP, SIGQUIT/SIGINT, SIGQUIT/
