# file: life/init.c
# what: the values of variables stay readable in the command line of init
# tests: box-store.bats variables
s/hide_values\(c->spec->process.env\);//
