# file: store.c
# what: a name that looks like an ID can be shortened
# tests: box-life.bats names match whole
s/if \(!s.named\)/if (true)/
