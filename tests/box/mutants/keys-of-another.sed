# file: life/serve.c
# what: in the background, box reads the keys meant for the shell
# tests: box-terminal.bats in the background it takes no key
s/if \(at\[KEYS\]\.fd == STDIN_FILENO && terminal_is_behind\(\)\)\n\t\tat\[KEYS\]\.fd = -1;//
s/(return f->from == STDIN_FILENO && )terminal_is_behind\(\);/\1false;/
