# step: step1-pid
# what: the terminal is taken, though it did not listen to us
s/if \(c->foreground\)/if (terminal != -1)/
