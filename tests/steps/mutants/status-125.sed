# step: step1-pid
# what: the program fails with 1
s/\n\texit\(125\);/\n\texit(1);/
