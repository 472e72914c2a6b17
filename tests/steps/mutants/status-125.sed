# step: step1-pid
# what: an error of the program exits with 1
s/\n\texit\(125\);/\n\texit(1);/
