# steps: 1 2 3 4
# what: unshare and fork; the host side has left the host's namespaces, too
# places: 2
s/clone\(inside, stack \+ sizeof stack, flags, (c|command)\)/({ unshare(flags \& CLONE_NEWPID); long p = fork(); p ? p : (unshare(flags \& ~0xffUL \& ~CLONE_NEWPID), _exit(inside(\1)), 0); })/; s/(#define STEP )/long syscall(long, ...);\n\1/
