# step: step1-pid
# what: Ctrl-C reaches the command from the terminal, and from us as well
# tests: mutant:ctrl-c-own
s/\} else if \(from_terminal\) \{/} else if (0) {/
