timeout --foreground --preserve-status 0.2 step1-pid/step1-pid sh -c 'sleep 100; :'; echo $?
