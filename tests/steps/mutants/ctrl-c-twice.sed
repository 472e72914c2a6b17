# step: step1-pid
# what: Ctrl-C reaches the command from the terminal, and from us as well
s/if \(info\.si_code != SI_KERNEL\)/if (1)/
