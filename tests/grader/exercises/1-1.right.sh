timeout --foreground --preserve-status 1 step1-pid/step1-pid sh -c 'trap "exit 143" TERM; sleep 100 & wait'; echo $?
