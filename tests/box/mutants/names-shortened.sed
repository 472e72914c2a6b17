# file: life/find.c
# what: a name can be shortened
# tests: box-life.bats names match whole
s/if \(!s.named\)/if (true)/
