# steps: 1 2 3 4 5 6
# what: MS_SLAVE, as systemd has it: nothing goes to the host
s/MS_REC \| MS_PRIVATE/MS_REC | MS_SLAVE/
