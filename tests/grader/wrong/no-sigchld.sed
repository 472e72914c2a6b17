# steps: 1 2
# what: clone without SIGCHLD: its end is not heard of
# hint: SIGCHLD
s/CLONE_NEWNS \| SIGCHLD;/CLONE_NEWNS;/
