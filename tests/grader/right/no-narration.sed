# steps: 1 2 3 4 5 6
# what: no --explain, no --help, no words but the errors
# places: 2
s/strcmp\(name, "help"\) == 0/0/; s/strcmp\(name, "explain"\) == 0 \&\& /0 \&\& /
