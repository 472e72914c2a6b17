# step: step1-pid
# what: the terminal is not taken back
s/tcsetpgrp\(terminal, group\), "tc/0, "tc/
