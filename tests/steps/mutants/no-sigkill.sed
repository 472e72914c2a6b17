# step: step1-pid
# what: a command that ignores SIGTERM keeps running
# places: 2
s/kill\(child, SIGKILL\), "kill/kill(child, SIGTERM), "kill/g
