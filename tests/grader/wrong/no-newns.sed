# steps: 1 2 3
# what: no mount namespace: the mounts are made on the host
# hint: CLONE_NEWNS
s/CLONE_NEWNS \| SIGCHLD;/SIGCHLD;/
