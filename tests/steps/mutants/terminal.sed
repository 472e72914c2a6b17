# step: step1-pid
# what: the terminal is not taken back
s/tcsetpgrp\(terminal, getpgrp\(\)\)/0/
