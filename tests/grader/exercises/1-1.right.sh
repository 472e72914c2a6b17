timeout --foreground --preserve-status 0.2 step1-pid/step1-pid sh -c 'trap "exit 143" TERM; sleep 100 & wait'; echo $?
