# file: life/container.c
# what: the values of variables stay readable in the command line of box
# tests: box-store.bats variables
s/hide_values\(c->spec->process.env\);//
