# step: step1-pid
# what: the terminal is taken back, and that stops us
s/signal\(SIGTTOU, SIG_IGN\);//
