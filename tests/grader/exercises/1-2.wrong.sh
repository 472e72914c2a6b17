step1-pid/step1-pid bash -c '(sleep 0.1 &); exec cat <(sleep 0.5; ps -o pid,s,comm)'
