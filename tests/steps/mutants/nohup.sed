# step: step1-pid
# what: a signal that the caller ignores ends the container
# tests: mutant:nohup
s/ && before\.sa_handler != SIG_IGN//
