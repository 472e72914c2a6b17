# steps: 1 2 3 4 5 5v 6
# what: clone3 without a stack, as fork
s/clone\(inside, stack \+ sizeof stack, flags, (c|command)\)/({ unsigned long long a[8] = { flags \& ~0xffUL, 0, 0, 0, SIGCHLD }; long syscall(long, ...), p = syscall(435, a, 64); p ? p : (_exit(inside(\1)), 0); })/
