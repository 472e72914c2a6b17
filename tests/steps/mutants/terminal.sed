# step: step1-pid
# what: the terminal is not taken back
# tests: mutant:terminal
s/tcsetpgrp\(terminal, group\), "tc/0, "tc/
