# steps: 1 2 3 4 5 6
# what: the exit status is always 0
# hint: WEXITSTATUS
s/: WEXITSTATUS\(status\)/: 0/
