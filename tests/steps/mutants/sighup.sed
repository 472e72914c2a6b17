# step: step1-pid
# what: SIGHUP is not passed on
s/SIGINT, SIGHUP, SIGQUIT/SIGINT, SIGQUIT/
