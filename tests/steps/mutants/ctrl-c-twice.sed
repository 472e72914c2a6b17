# step: step1-pid
# what: Ctrl-C reaches the command both from the terminal and from us
# tests: mutant:ctrl-c-own
s/\} else if \(from_terminal\) \{/} else if (0) {/
